package io.vecraft.journal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.Appends;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Record;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Old segments go on purpose, and never look as if they were lost, nor the other way round. */
final class TruncationTest {
  private static final Path DIRECTORY = Path.of("/journal/partition-003");
  private static final int PARTITION = Partitions.FIRST_DATA;
  private static final PartitionSettings SETTINGS =
      new PartitionSettings(PARTITION, new Partitions(1), Duration.ofMinutes(10), 1000, 1);

  private MemoryFiles disk;
  private SegmentStore.Opened opened;
  private final List<Record> records = new ArrayList<>();
  private long stamp = Stamp.of(1_000_000, 0, 0);

  private static SegmentStore.Opened open(FileAccess files, boolean acceptLoss) {
    return SegmentStore.open(
        new SegmentSettings(
            DIRECTORY, new UUID(3, 4), 1, PARTITION, 1_200, Duration.ofHours(1), acceptLoss),
        SETTINGS,
        files,
        (what, cause) -> {
          throw new IllegalStateException(what, cause);
        },
        () -> 1_000_000);
  }

  @BeforeEach
  void write() {
    disk = new MemoryFiles();
    opened = open(disk, false);
    append(Appends.open(1, 0));
    while (opened.store().segments() < 6) {
      append(Appends.of("r" + records.size(), Appends.upsert(1, 0, "id" + records.size(), 30)));
    }
  }

  private void append(Append append) {
    if (opened.store().due()) {
      opened.store().seal(opened.state().snapshot());
    }
    stamp += Stamp.of(1, 0, 0);
    Record record = ((Accepted) opened.state().decide(append, stamp)).record();
    opened.store().append(List.of(record));
    records.add(record);
  }

  private static List<Record> all(SegmentStore store) {
    return store.read(store.firstOffset(), Integer.MAX_VALUE, Long.MAX_VALUE);
  }

  private List<Record> from(long offset) {
    return records.subList((int) offset - 1, records.size());
  }

  @Test
  void whatGoesIsBelowAllOfItsLimitsAndOneSealedSegmentStays() {
    SegmentStore store = opened.store();
    long all = Long.MAX_VALUE;
    assertThat(store.truncate(1, all, 0)).isZero();
    assertThat(store.truncate(all, records.getFirst().getStamp(), 0)).isZero();
    assertThat(store.truncate(all, all, store.bytes())).isZero();
    assertThat(store.firstOffset()).isEqualTo(1);

    long middle = records.size() / 2L;
    long before = store.bytes();
    assertThat(store.truncate(middle, all, 0)).isPositive();
    assertThat(store.firstOffset()).isGreaterThan(1).isLessThanOrEqualTo(middle);
    assertThat(store.bytes()).isLessThan(before);
    assertThat(all(store)).isEqualTo(from(store.firstOffset()));
    assertThat(store.firstStamp()).isEqualTo(records.get((int) store.firstOffset() - 1).getStamp());

    store.truncate(all, all, 0);
    assertThat(store.segments()).isEqualTo(2);
    assertThat(all(store)).isEqualTo(from(store.firstOffset()));
  }

  @Test
  void aTruncatedLogGoesOnAfterARestartAndKnowsWhatItKnew() {
    opened.store().truncate(Long.MAX_VALUE, Long.MAX_VALUE, 0);
    long first = opened.store().firstOffset();
    var snapshot = opened.state().snapshot();
    opened.store().close();
    opened = open(disk, false);
    assertThat(opened.store().firstOffset()).isEqualTo(first);
    assertThat(opened.state().snapshot()).isEqualTo(snapshot);
    for (int i = 0; i < 30; i++) {
      append(Appends.of("more" + i, Appends.upsert(1, 0, "more" + i, 30)));
    }
    assertThat(opened.store().truncate(Long.MAX_VALUE, Long.MAX_VALUE, 0)).isPositive();
    assertThat(all(opened.store())).isEqualTo(from(opened.store().firstOffset()));
  }

  /** Power fails at each operation: the log begins where it did, or where it was to. */
  @Test
  void aTruncationCutShortLosesNothingElse() {
    long seed = Long.getLong("vecraft.seed", System.nanoTime());
    System.out.println("seed " + seed + " (-Dvecraft.seed)");
    opened.store().close();
    MemoryFiles whole = disk.copy();
    var begins = new TreeSet<Long>();
    int failed = 0;
    for (int round = 0; round < 20; round++) {
      boolean done = false;
      for (int after = 1; !done; after++) {
        MemoryFiles files = whole.copy();
        SegmentStore store = open(files, false).store();
        files.failAt = files.operations + after;
        try {
          store.truncate(records.size() / 2L, Long.MAX_VALUE, 0);
          done = true;
        } catch (UncheckedIOException e) {
          failed++;
        }
        files.losePower(new Random(seed + round * 100L + after));
        SegmentStore again = open(files, false).store();
        begins.add(again.firstOffset());
        assertThat(all(again)).as("seed %d", seed).isEqualTo(from(again.firstOffset()));
        assertThat(again.lastOffset()).isEqualTo(records.size());
      }
    }
    assertThat(failed).isPositive();
    assertThat(begins).hasSize(2).contains(1L);
  }

  private static String damage(FileAccess files) {
    try {
      SegmentStore store = open(files, false).store();
      all(store);
      return "";
    } catch (VecraftException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED);
      return e.reason();
    }
  }

  @Test
  void whatIsMissingOrDamagedAfterATruncationIsNamed() {
    opened.store().truncate(records.size() / 2L, Long.MAX_VALUE, 0);
    opened.store().close();
    disk = disk.copy();
    Path begins = DIRECTORY.resolve(Beginning.NAME);
    for (Path path : disk.contents().keySet()) {
      MemoryFiles damaged = disk.copy();
      damaged.remove(path);
      if (!path.endsWith(FlushMark.NAME)) {
        assertThat(damage(damaged)).as(path.toString()).contains("missing");
      }
    }
    byte[] content = disk.contents().get(begins);
    for (int at = 0; at < content.length; at++) {
      for (boolean cut : new boolean[] {true, false}) {
        byte[] bytes = cut ? java.util.Arrays.copyOf(content, at) : content.clone();
        if (!cut) {
          bytes[at] ^= 1;
        }
        MemoryFiles damaged = disk.copy();
        damaged.put(begins, bytes);
        assertThat(damage(damaged)).contains(begins.toString());
        SegmentStore accepted = open(damaged, true).store();
        assertThat(all(accepted)).isEqualTo(from(accepted.firstOffset()));
        accepted.close();
        assertThat(damage(damaged)).isEmpty();
      }
    }
  }

  @Test
  void aReadOfWhatHasGoneIsExpiredAndAFileThatVanishedIsDamage() {
    SegmentStore store = opened.store();
    Path second =
        disk.contents().keySet().stream()
            .filter(Segment::isSealed)
            .skip(1)
            .findFirst()
            .orElseThrow();
    disk.remove(second);
    assertThatThrownBy(() -> all(store))
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED))
        .hasMessageContaining("missing");
    assertThat(store.scrub()).singleElement().asString().contains(second.toString());
    assertThat(store.damage()).hasSize(1);
  }
}
