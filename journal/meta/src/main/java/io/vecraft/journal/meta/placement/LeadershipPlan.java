package io.vecraft.journal.meta.placement;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which journal node is to let which other lead a partition, given who leads what. Pure. One at a
 * time, the first of these that applies:
 *
 * <ol>
 *   <li>a node whose machine clock is wrong leads none
 *   <li>while all is calm, none leads two partitions more than another
 * </ol>
 *
 * <p>In both, the one that leads the fewest gets it, among those whose clocks are not wrong.
 */
public final class LeadershipPlan {
  private LeadershipPlan() {}

  /**
   * What is to be done.
   *
   * @param from name of the node that leads the partition
   * @param to name of the one that is to
   * @param reason for a person
   */
  public record Move(int partition, String from, String to, String reason) {}

  /**
   * The next move; empty when everything is as it should be, or nobody can take a partition.
   *
   * @param leaders names of the nodes that lead, by partition
   * @param nodes names of the nodes that are there
   * @param offsets milliseconds of the nodes' machine clocks against any one clock, as far as known
   * @param maxOffset how far a clock may be from the others for its node to lead
   * @param calm whether leaders may move only to be spread
   */
  public static Optional<Move> of(
      Map<Integer, String> leaders,
      Set<String> nodes,
      Map<String, Long> offsets,
      Duration maxOffset,
      boolean calm) {
    Set<String> wrong = wrongClocks(nodes, offsets, maxOffset.toMillis());
    Map<String, Integer> led = new TreeMap<>();
    nodes.stream().filter(node -> !wrong.contains(node)).forEach(node -> led.put(node, 0));
    leaders.values().forEach(node -> led.computeIfPresent(node, (unused, count) -> count + 1));
    if (led.isEmpty()) {
      return Optional.empty();
    }
    Comparator<Map.Entry<String, Integer>> byCount = Map.Entry.comparingByValue();
    Map.Entry<String, Integer> least = led.entrySet().stream().min(byCount).orElseThrow();
    for (Map.Entry<Integer, String> one : new TreeMap<>(leaders).entrySet()) {
      if (wrong.contains(one.getValue())) {
        return Optional.of(
            new Move(
                one.getKey(),
                one.getValue(),
                least.getKey(),
                "the clock of %s is more than %d ms from those of the others"
                    .formatted(one.getValue(), maxOffset.toMillis())));
      }
    }
    Map.Entry<String, Integer> most = led.entrySet().stream().max(byCount).orElseThrow();
    if (!calm || most.getValue() < least.getValue() + 2) {
      return Optional.empty();
    }
    // The last one: SYSTEM and TRANSACTION, which everybody waits for, stay where they are.
    int partition =
        leaders.entrySet().stream()
            .filter(one -> one.getValue().equals(most.getKey()))
            .mapToInt(Map.Entry::getKey)
            .max()
            .orElseThrow();
    return Optional.of(
        new Move(
            partition,
            most.getKey(),
            least.getKey(),
            "%s leads %d partitions, %s %d"
                .formatted(most.getKey(), most.getValue(), least.getKey(), least.getValue())));
  }

  /**
   * Nodes whose clocks are further from the median than is tolerated, if a majority of all nodes is
   * near it: of two clocks, nobody knows which is right.
   */
  private static Set<String> wrongClocks(
      Set<String> nodes, Map<String, Long> offsets, long maxMillis) {
    List<Long> known =
        nodes.stream().filter(offsets::containsKey).map(offsets::get).sorted().toList();
    if (known.isEmpty()) {
      return Set.of();
    }
    long median = known.get(known.size() / 2);
    Set<String> near = new HashSet<>();
    Set<String> far = new TreeSet<>();
    for (String node : nodes) {
      Long offset = offsets.get(node);
      if (offset != null) {
        (Math.abs(offset - median) <= maxMillis ? near : far).add(node);
      }
    }
    return near.size() > nodes.size() / 2 ? far : Set.of();
  }
}
