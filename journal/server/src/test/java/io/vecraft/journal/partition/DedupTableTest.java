package io.vecraft.journal.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Stamp;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
          model.stream()
              .filter(e -> e.request() == request && e.scope() == scope && e.stamp() >= from)
              .max(
                  Comparator.comparingLong(RequestEntry::stamp)
                      .thenComparingLong(RequestEntry::offset));
      assertThat(table.find(request, scope, from)).isEqualTo(known);
      assertThat(table.hasOther(request, scope >>> 44, digest, from))
          .isEqualTo(
              model.stream()
                  .anyMatch(e ->
                      e.request() == request
                          && e.scope() >>> 44 == scope >>> 44
                          && e.digest() != digest
                          && e.stamp() >= from));

      // Those that are handed over have stamps of before, and the same may come again.
      RequestEntry entry =
          random.nextInt(4) == 0
              ? known.orElse(new RequestEntry(request, scope, digest, i, older(random, stamp)))
              : new RequestEntry(request, scope, digest, i, stamp);
      if (known.isEmpty() || known.get().equals(entry)) {
        table.add(entry);
        if (model.size() == entries) {
          model.removeFirst();
        }
        model.addLast(entry);
      }
      table.evict(stamp);
      while (!model.isEmpty() && model.getFirst().stamp() < from) {
        model.removeFirst();
      }
      assertThat(table.size()).isEqualTo(model.size());
    }
    for (RequestEntry entry : model) {
      assertThat(table.find(entry.request(), entry.scope(), 0)).isPresent();
    }
  }

  private static long older(Random random, long stamp) {
    return stamp - random.nextInt(600) * Stamp.of(1, 0, 0);
  }

  /** What is remembered is the same, whether all entries were added or those of the end alone. */
  @Property(tries = 200)
  void theBeginningOfTheLogDoesNotMatter(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int entries) {
    var random = new Random(seed);
    var settings =
        new PartitionSettings(Partitions.FIRST_DATA, new Partitions(2), WINDOW, entries, 2);
    List<List<RequestEntry>> records = new ArrayList<>();
    List<Long> stamps = new ArrayList<>();
    long stamp = Stamp.of(1_000_000, 0, 0);
    for (int i = 1; i <= 300; i++) {
      stamp += random.nextInt(8) * Stamp.of(1, 0, 0) + 1;
      stamps.add(stamp);
      if (random.nextInt(6) > 0) {
        records.add(List.of(new RequestEntry(i, 0, 0, i, stamp)));
        continue;
      }
      List<RequestEntry> handedOver = new ArrayList<>();
      for (int j = random.nextInt(5); j > 0; j--) {
        int of = random.nextInt(20);
        handedOver.add(new RequestEntry(-of, 0, 0, i, Stamp.of(1_000_000 + 40L * of, 0, 0)));
      }
      records.add(handedOver);
    }
    var whole = new DedupTable(settings);
    for (int i = 0; i < records.size(); i++) {
      records.get(i).forEach(whole::add);
      whole.evict(stamps.get(i));
    }
    long from = settings.rememberedFrom(stamp);
    int first = 0;
    while (stamps.get(first) < from) {
      first++;
    }
    var end = new DedupTable(settings);
    records.subList(random.nextInt(first + 1), records.size()).forEach(r -> r.forEach(end::add));
    end.evict(stamp);
    assertThat(end.size()).isEqualTo(whole.size());
    for (int request = -20; request <= 300; request++) {
      Optional<Long> known = whole.find(request, 0, from).map(RequestEntry::stamp);
      assertThat(end.find(request, 0, from).map(RequestEntry::stamp)).isEqualTo(known);
    }
  }
}
