package io.vecraft.query;

import io.vecraft.storage.read.ShardReader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many reads this process has under way on each storage node: one that stands still has more
 * and more of them, so the next reads go elsewhere. So they do for a second after a node has let a
 * read wait until another one answered it. Safe for concurrent use.
 */
final class NodeLoads {
  /** Nodes that are remembered; beyond it those without reads are forgotten. */
  private static final int NODES_MAX = 1_024;

  private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** What having been slow counts for, in reads. */
  private static final int SLOW = 1_000_000;

  private final Map<String, Load> loads = new ConcurrentHashMap<>();

  private static final class Load {
    final AtomicInteger underWay = new AtomicInteger();
    volatile boolean slow;
    volatile long slowNanos;
  }

  int of(ShardReader reader) {
    Load load = loads.get(reader.node());
    if (load == null) {
      return 0;
    }
    boolean slow = load.slow && System.nanoTime() - load.slowNanos < SLOW_NANOS;
    return load.underWay.get() + (slow ? SLOW : 0);
  }

  void begin(ShardReader reader) {
    if (loads.size() >= NODES_MAX) {
      loads.values().removeIf(load -> load.underWay.get() == 0);
    }
    loads.computeIfAbsent(reader.node(), node -> new Load()).underWay.incrementAndGet();
  }

  void end(ShardReader reader) {
    Load load = loads.get(reader.node());
    if (load != null) {
      load.underWay.decrementAndGet();
    }
  }

  /** Another replica has answered what this one was asked first. */
  void wasSlow(ShardReader reader) {
    Load load = loads.get(reader.node());
    if (load != null) {
      load.slowNanos = System.nanoTime();
      load.slow = true;
    }
  }
}
