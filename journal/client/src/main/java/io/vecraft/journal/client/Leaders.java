package io.vecraft.journal.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Which node is believed to lead each partition: learned from answers, forgotten when a node does
 * not behave as a leader. A belief decides only where a call goes first, never what it means. Safe
 * for concurrent use.
 */
final class Leaders {
  private final ConcurrentHashMap<Integer, String> believed = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<IntConsumer> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();

  Optional<String> of(int partition) {
    return Optional.ofNullable(believed.get(partition));
  }

  void learn(int partition, String node) {
    String before = believed.put(partition, node);
    if (!node.equals(before)) {
      listeners.forEach(listener -> listener.accept(partition));
    }
  }

  /** Takes a node's word for who leads, unless another one than this is believed to. */
  void hear(int partition, String from, String leader) {
    String now = believed.getOrDefault(partition, from);
    if (!leader.isEmpty() && now.equals(from)) {
      learn(partition, leader);
    }
  }

  /** Forgets the belief unless it has changed meanwhile. */
  void forget(int partition, String node) {
    believed.remove(partition, node);
  }

  /** Where to try, best first: the believed leader, then the others from another one each time. */
  List<String> order(int partition, List<String> nodes) {
    var order = new ArrayList<String>(nodes.size());
    of(partition).filter(nodes::contains).ifPresent(order::add);
    int start = nodes.isEmpty() ? 0 : Math.floorMod(turn.getAndIncrement(), nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      String node = nodes.get((start + i) % nodes.size());
      if (!order.contains(node)) {
        order.add(node);
      }
    }
    return order;
  }

  /** Calls {@code listener} with the partition whenever another node is believed to lead it. */
  Runnable onChange(IntConsumer listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
