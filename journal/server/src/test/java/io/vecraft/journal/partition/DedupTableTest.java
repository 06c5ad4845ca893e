package io.vecraft.journal.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Stamp;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class DedupTableTest {
  private static final Duration WINDOW = Duration.ofMillis(300);

  /** Requests that share a place in the table, its tag, or both, with others; some come again. */
  private static long randomRequest(Random random) {
    long low = random.nextInt(4) * 0x0100_0000L + random.nextInt(3) * 0x0001_0000L;
    return switch (random.nextInt(3)) {
      case 0 -> random.nextLong();
      case 1 -> low + random.nextInt(6);
      // Both halves are the same: all of these hash to zero.
      default -> low << 32 | low;
    };
  }

  /** The table finds what a plain list of the newest entries inside the window holds. */
  @Property(tries = 200)
  void itRemembersWhatAListDoes(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int entries) {
    var random = new Random(seed);
    var settings =
        new PartitionSettings(Partitions.FIRST_DATA, new Partitions(2), WINDOW, entries, 2);
    var table = new DedupTable(settings);
    var model = new ArrayDeque<RequestEntry>();
    long stamp = Stamp.of(1_000_000, 0, 0);
    for (int i = 1; i <= 1000; i++) {
      stamp += random.nextInt(3) * Stamp.of(1, 0, 0) + 1;
      long request = randomRequest(random);
      long scope = random.nextLong(3) << 44 | random.nextInt(2);
      long digest = random.nextInt(2);
      long from = settings.rememberedFrom(stamp);
      Optional<RequestEntry> known =
          model.stream().filter(e -> e.request() == request && e.scope() == scope).findFirst();
      assertThat(table.find(request, scope)).isEqualTo(known);
      assertThat(table.hasOther(request, scope >>> 44, digest))
          .isEqualTo(
              model.stream()
                  .anyMatch(e ->
                      e.request() == request
                          && e.scope() >>> 44 == scope >>> 44
                          && e.digest() != digest));

      var entry = new RequestEntry(request, scope, digest, i, stamp);
      table.add(entry);
      model.removeIf(e -> e.stamp() < from);
      if (model.stream().noneMatch(e -> e.request() == request && e.scope() == scope)) {
        if (model.size() == entries) {
          model.removeFirst();
        }
        model.addLast(entry);
      }
      assertThat(table.size()).isEqualTo(model.size());
    }
    for (RequestEntry entry : model) {
      assertThat(table.find(entry.request(), entry.scope())).contains(entry);
    }
  }
}
