package io.vecraft.journal.meta.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.meta.placement.LeadershipPlan.Move;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LeadershipPlanTest {
  private static final Set<String> NODES = Set.of("a", "b", "c");
  private static final Duration MAX = Duration.ofMillis(500);
  private static final Map<String, Long> RIGHT = Map.of("a", 3L, "b", -2L, "c", 0L);

  @Test
  void aNodeWithAWrongClockLeadsNothing() {
    Map<Integer, String> leaders = Map.of(0, "a", 1, "b", 2, "a", 3, "c");
    for (long wrong : new long[] {-3_600_000, -700, 700, 3_600_000}) {
      Map<String, Long> offsets = Map.of("a", wrong, "b", -2L, "c", 0L);
      assertThat(LeadershipPlan.of(leaders, NODES, offsets, MAX, false).map(Move::partition))
          .contains(0);
    }
    assertThat(LeadershipPlan.of(leaders, NODES, Map.of("a", 400L, "b", 0L, "c", 0L), MAX, false))
        .isEmpty();
  }

  @Test
  void howWrongAClockMayBeIsSaid() {
    Map<Integer, String> leaders = Map.of(0, "a");
    Map<String, Long> offsets = Map.of("a", 700L, "b", 0L, "c", 0L);
    assertThat(LeadershipPlan.of(leaders, NODES, offsets, Duration.ofMillis(700), false)).isEmpty();
    assertThat(
            LeadershipPlan.of(leaders, NODES, offsets, Duration.ofMillis(699), false)
                .map(Move::reason))
        .contains("the clock of a is more than 699 ms from those of the others");
  }

  @Test
  void whoeverMeasuresMayHaveTheWrongClock() {
    Map<Integer, String> leaders = Map.of(0, "a", 1, "b", 2, "c");
    assertThat(
            LeadershipPlan.of(
                leaders, NODES, Map.of("a", 5_003L, "b", 4_998L, "c", 5_000L), MAX, false))
        .isEmpty();
  }

  @Test
  void nobodyIsJudgedByTwoClocks() {
    Map<Integer, String> leaders = Map.of(0, "a", 1, "b");
    Map<String, Long> apart = Map.of("a", 0L, "b", 9_000L);
    assertThat(LeadershipPlan.of(leaders, NODES, apart, MAX, false)).isEmpty();
    assertThat(LeadershipPlan.of(leaders, Set.of("a", "b"), apart, MAX, false)).isEmpty();
    assertThat(LeadershipPlan.of(leaders, NODES, Map.of(), MAX, false)).isEmpty();
  }

  @Test
  void leadersAreSpreadWhenAllIsCalm() {
    Map<Integer, String> leaders = Map.of(0, "a", 1, "a", 2, "a", 3, "b");
    assertThat(LeadershipPlan.of(leaders, NODES, RIGHT, MAX, false)).isEmpty();
    assertThat(
            LeadershipPlan.of(leaders, NODES, RIGHT, MAX, true).map(m -> List.of(m.from(), m.to())))
        .contains(List.of("a", "c"));
    assertThat(LeadershipPlan.of(Map.of(0, "a", 1, "a", 2, "b", 3, "c"), NODES, RIGHT, MAX, true))
        .isEmpty();
  }

  @Test
  void movesEndAndLeaveLeadersSpreadOverTheRightClocks() {
    long seed = System.nanoTime();
    System.out.println("LeadershipPlan, seed " + seed);
    var random = new Random(seed);
    for (int run = 0; run < 2_000; run++) {
      int count = 1 + random.nextInt(5);
      List<String> nodes = List.of("a", "b", "c", "d", "e").subList(0, count);
      Map<Integer, String> leaders = new TreeMap<>();
      int partitions = random.nextInt(12);
      for (int partition = 0; partition < partitions; partition++) {
        leaders.put(partition, nodes.get(random.nextInt(count)));
      }
      Map<String, Long> offsets = new HashMap<>();
      int wrong = random.nextInt(1 + (count - 1) / 2);
      for (int i = 0; i < count; i++) {
        offsets.put(nodes.get(i), i < wrong ? 1_000L * (i + 1) : random.nextLong(100));
      }
      int moves = 0;
      Optional<Move> move;
      while ((move = LeadershipPlan.of(leaders, Set.copyOf(nodes), offsets, MAX, true))
          .isPresent()) {
        Move next = move.get();
        assertThat(leaders.get(next.partition())).isEqualTo(next.from()).isNotEqualTo(next.to());
        leaders.put(next.partition(), next.to());
        assertThat(++moves).isLessThanOrEqualTo(2 * leaders.size());
      }
      List<String> right = nodes.subList(wrong, count);
      assertThat(right).containsAll(leaders.values());
      List<Integer> led =
          right.stream().map(n -> Collections.frequency(leaders.values(), n)).toList();
      assertThat(Collections.max(led) - Collections.min(led)).isLessThanOrEqualTo(1);
    }
  }
}
