package io.vecraft.journal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.partition.RequestEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class RequestIndexTest {
  private static final Comparator<RequestEntry> BY_REQUEST =
      Comparator.comparingLong(RequestEntry::request).thenComparingLong(RequestEntry::offset);

  /** Hashes of either sign that differ in high or low bits alone, many of them more than once. */
  private static long randomRequest(Random random) {
    return random.nextInt(-3, 3) * (1L << 61) + random.nextInt(4) * (1L << 30) + random.nextInt(4);
  }

  /** Rows stand by request and offset, those of one record in the order of its shards. */
  @Property(tries = 100)
  void rowsAreEncodedInOrderAndFound(@ForAll long seed, @ForAll @IntRange(max = 300) int records) {
    var random = new Random(seed);
    var index = new RequestIndex();
    List<RequestEntry> added = new ArrayList<>();
    for (int offset = 1; offset <= records; offset++) {
      long request = random.nextInt(3) == 0 ? random.nextLong() : randomRequest(random);
      List<RequestEntry> entries = new ArrayList<>();
      for (int shard = random.nextInt(3); shard >= 0; shard--) {
        entries.add(
            new RequestEntry(
                request, random.nextLong(), random.nextLong(), offset, random.nextLong()));
      }
      index.addAll(entries);
      added.addAll(entries);
    }
    assertThat(index.size()).isEqualTo(added.size());
    ByteBuffer rows = ByteBuffer.allocate(added.size() * RequestIndex.ROW_BYTES);
    index.encode(rows);
    assertThat(rows.hasRemaining()).isFalse();

    List<RequestEntry> decoded = new ArrayList<>();
    for (int row = 0; row < added.size(); row++) {
      decoded.add(RequestIndex.decode(rows, row));
    }
    List<RequestEntry> expected = new ArrayList<>(added);
    expected.sort(BY_REQUEST);
    assertThat(decoded).isEqualTo(expected);
    for (RequestEntry entry : added) {
      assertThat(index.find(entry.request()))
          .contains(entry.offset())
          .isEqualTo(RequestIndex.find(rows, added.size(), entry.request()));
    }
  }
}
