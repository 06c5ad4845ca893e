package io.vecraft.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.standalone.cli.JournalSpread.Placed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class JournalSpreadTest {
  /** As even as can be, by as few moves as that takes, and each shard once. */
  @Property(tries = 200)
  void allPartitionsComeToHaveAsMany(
      @ForAll long seed,
      @ForAll @IntRange(max = 60) int shards,
      @ForAll @IntRange(min = 1, max = 9) int partitions) {
    var random = new Random(seed);
    List<Integer> numbers = IntStream.range(3, 3 + partitions).boxed().toList();
    var before = new ArrayList<Placed>();
    for (int i = 0; i < shards; i++) {
      int partition = 3 + random.nextInt(1 + random.nextInt(partitions));
      before.add(new Placed("c" + i % 4, i, partition));
    }
    List<Placed> moves = JournalSpread.plan(before, numbers);
    List<Placed> after = new ArrayList<>(before);
    for (Placed move : moves) {
      assertThat(after.removeIf(s -> s.shard() == move.shard())).isTrue();
      after.add(move);
    }
    Map<Integer, Long> counts =
        after.stream().collect(Collectors.groupingBy(Placed::partition, Collectors.counting()));
    int least = shards / partitions;
    numbers.forEach(
        p -> assertThat(counts.getOrDefault(p, 0L)).isBetween((long) least, least + 1L));
    assertThat(moves).extracting(Placed::shard).doesNotHaveDuplicates();
    long tooMany =
        before.stream()
            .collect(Collectors.groupingBy(Placed::partition, Collectors.counting()))
            .values()
            .stream()
            .mapToLong(n -> Math.max(0, n - least))
            .sum();
    assertThat(moves).hasSizeLessThanOrEqualTo((int) tooMany);
    assertThat(JournalSpread.plan(after, numbers)).isEmpty();
  }
}
