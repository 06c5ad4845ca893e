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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are cut, flipped, torn and lost: named, or harmless; never a wrong answer. */
final class SegmentDamageTest {
  private static final Path DIRECTORY = Path.of("/journal/partition-003");
  private static final int SEGMENT_BYTES = 1200;
  private static final int PARTITION = Partitions.FIRST_DATA;
  private static final PartitionSettings SETTINGS =
      new PartitionSettings(PARTITION, new Partitions(1), Duration.ofMinutes(10), 1000, 1);

  private MemoryFiles disk;
  private List<Record> records;

  /** Three segments, the last one open, of batches of one to three records. */
  @BeforeEach
  void write() {
    disk = new MemoryFiles();
    Writer writer = new Writer(disk, false);
    writer.append(Appends.open(1, 0));
    for (int i = 0; writer.store.segments() < 3 || i % 5 != 4; i++) {
      var batch = new ArrayList<Append>();
      for (int n = 0; n <= i % 3; n++) {
        batch.add(Appends.of("r" + i + "-" + n, Appends.upsert(1, 0, "id" + i + n, 20)));
      }
      writer.append(batch.toArray(Append[]::new));
    }
    records = writer.store.read(1, Integer.MAX_VALUE, Long.MAX_VALUE);
    writer.store.close();
    disk = disk.copy();
  }

  private static SegmentSettings settings(Path directory, boolean acceptLoss) {
    return new SegmentSettings(
        directory, new UUID(3, 4), 1, PARTITION, SEGMENT_BYTES, Duration.ofHours(1), acceptLoss);
  }

  private static SegmentStore.Opened open(FileAccess files, boolean acceptLoss) {
    return SegmentStore.open(
        settings(DIRECTORY, acceptLoss),
        SETTINGS,
        files,
        (what, cause) -> {
          throw new IllegalStateException(what, cause);
        },
        () -> 1_000_000);
  }

  /** A store with its state, as a log drives it. */
  private static final class Writer {
    private final SegmentStore.Opened opened;
    private final SegmentStore store;
    private long stamp = Stamp.of(1_000_000, 0, 0);

    Writer(FileAccess files, boolean acceptLoss) {
      this.opened = open(files, acceptLoss);
      this.store = opened.store();
    }

    List<Record> append(Append... appends) {
      if (store.due()) {
        store.seal(opened.state().snapshot());
      }
      stamp += Stamp.of(1, 0, 0);
      var accepted = new ArrayList<Record>();
      for (Append append : appends) {
        accepted.add(((Accepted) opened.state().decide(append, stamp)).record());
      }
      store.append(accepted);
      return accepted;
    }
  }

  /** What reading everything gives: all records, or the error's message. */
  private String readAll(FileAccess files) {
    try {
      SegmentStore store = open(files, false).store();
      List<Record> read = store.read(1, Integer.MAX_VALUE, Long.MAX_VALUE);
      assertThat(read).isEqualTo(records.subList(0, read.size()));
      return read.size() == records.size() ? "" : "short";
    } catch (VecraftException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED);
      return e.reason();
    }
  }

  private Map<Path, byte[]> files() {
    return new TreeMap<>(disk.contents());
  }

  private static boolean isMark(Path path) {
    return path.endsWith(FlushMark.NAME);
  }

  @Test
  void everyFlippedBitIsNamedOrHarmless() {
    assertThat(readAll(disk.copy())).isEmpty();
    assertThat(files()).hasSize(4);
    files()
        .forEach((path, content) -> {
          for (int at = 0; at < content.length; at++) {
            byte[] flipped = content.clone();
            flipped[at] ^= (byte) (1 << (at * 7 & 7));
            MemoryFiles damaged = disk.copy();
            damaged.put(path, flipped);
            String found = readAll(damaged);
            if (isMark(path) || isFooterThatTheNextSegmentProves(path, content, at)) {
              assertThat(found).as("%s byte %d", path, at).isEmpty();
            } else {
              assertThat(found).as("%s byte %d", path, at).contains(path.toString());
            }
          }
        });
  }

  private static boolean isFooterThatTheNextSegmentProves(Path path, byte[] content, int at) {
    return Segment.isSealed(path) && at >= recordsEnd(content);
  }

  private static int recordsEnd(byte[] sealed) {
    return ByteBuffer.wrap(sealed)
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt(sealed.length - SegmentFooter.TRAILER_BYTES);
  }

  @Test
  void everyCutIsNamedOrHarmless() {
    files()
        .forEach((path, content) -> {
          for (int length = 0; length < content.length; length++) {
            MemoryFiles damaged = disk.copy();
            damaged.put(path, Arrays.copyOf(content, length));
            String found = readAll(damaged);
            if (isMark(path) || (Segment.isSealed(path) && length >= recordsEnd(content))) {
              assertThat(found).as("%s cut to %d", path, length).isEmpty();
            } else {
              assertThat(found).as("%s cut to %d", path, length).contains(path.toString());
            }
          }
        });
  }

  @Test
  void aMissingFileIsNamed() {
    for (Path path : files().keySet()) {
      MemoryFiles damaged = disk.copy();
      damaged.remove(path);
      String found = readAll(damaged);
      if (isMark(path)) {
        assertThat(found).isEmpty();
      } else {
        assertThat(found).contains("missing");
      }
    }
  }

  @Test
  void aSegmentOfAnotherPartitionOrClusterIsRefused() {
    var foreign =
        new SegmentSettings(
            DIRECTORY, new UUID(9, 9), 1, PARTITION, SEGMENT_BYTES, Duration.ofHours(1), false);
    assertThatThrownBy(
            () -> SegmentStore.open(foreign, SETTINGS, disk, FatalError.HALT, () -> 1_000_000))
        .hasMessageContaining("belongs to partition 3 of cluster");
  }

  /** Without the mark only the last batch may be taken for torn; it is cut, the rest stands. */
  @Test
  void withoutTheFlushMarkOnlyTheLastBatchCanBeCut() {
    Path open = files().keySet().stream().filter(Segment::isOpen).findFirst().orElseThrow();
    byte[] content = files().get(open);
    int cut = 0;
    for (int at = 0; at < content.length; at++) {
      byte[] flipped = content.clone();
      flipped[at] ^= 0x10;
      MemoryFiles damaged = disk.copy();
      damaged.put(DIRECTORY.resolve(FlushMark.NAME), new byte[0]);
      damaged.put(open, flipped);
      String found = readAll(damaged);
      if (found.equals("short")) {
        cut++;
        assertThat(open(damaged, false).store().lastOffset())
            .isGreaterThanOrEqualTo(records.size() - 3);
        assertThat(content.length - at).isLessThan(400);
      } else {
        assertThat(found).as("byte %d", at).contains(open.toString());
      }
    }
    assertThat(cut).isPositive();
  }

  @Test
  void anAcceptedLossKeepsEverythingBeforeTheDamageAndIsRecorded() {
    files()
        .forEach((path, content) -> {
          for (int at = 0; at < content.length; at += 37) {
            byte[] flipped = content.clone();
            flipped[at] ^= 1;
            MemoryFiles damaged = disk.copy();
            damaged.put(path, flipped);
            Writer writer = new Writer(damaged, true);
            List<Record> kept =
                writer.store.lastOffset() == 0
                    ? List.of()
                    : writer.store.read(1, Integer.MAX_VALUE, Long.MAX_VALUE);
            assertThat(kept).as("%s byte %d", path, at).isEqualTo(records.subList(0, kept.size()));
            if (kept.size() < records.size()) {
              assertThat(writer.store.damage())
                  .anyMatch(line -> line.startsWith("incarnation 1: "));
              assertThat(writer.store.lossIncarnation()).isEqualTo(1);
              assertThat(damaged.contents().keySet())
                  .anyMatch(p -> p.toString().contains("damaged"));
            }
            writer.store.close();
            assertThat(open(damaged, false).store().lastOffset()).isEqualTo(kept.size());
          }
        });
  }

  @Test
  void theScrubberNamesDamageInASealedSegment() {
    Path sealed = files().keySet().stream().filter(Segment::isSealed).findFirst().orElseThrow();
    byte[] flipped = files().get(sealed).clone();
    flipped[SegmentHeader.BYTES + 50] ^= 4;
    disk.put(sealed, flipped);
    SegmentStore store = open(disk, false).store();
    assertThat(store.damage()).isEmpty();
    assertThat(store.scrub()).singleElement().asString().contains(sealed.toString());
    assertThat(store.damage()).hasSize(1);
    assertThatThrownBy(() -> store.read(1, 1, 1))
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED));
    assertThat(store.read(records.size(), 1, 1)).containsExactly(records.getLast());
  }

  @Test
  void aFailedWriteOrSyncIsFatalAndNothingMoreIsTaken() {
    int last = operationsOfARun();
    for (int failAt = 1; failAt <= last; failAt++) {
      var faulty = new MemoryFiles();
      faulty.failAt = failAt;
      var acknowledged = new ArrayList<Record>();
      try {
        run(new Writer(faulty, false), acknowledged);
        throw new AssertionError("operation " + failAt + " did not fail");
      } catch (IllegalStateException | UncheckedIOException fatal) {
        assertThat(fatal).hasStackTraceContaining("injected");
      }
    }
  }

  /**
   * Power fails at each operation; what was acknowledged is there, and no more than was written.
   */
  @Test
  void nothingAcknowledgedIsLostWhenPowerFails() {
    long seed = Long.getLong("vecraft.seed", System.nanoTime());
    System.out.println("seed " + seed + " (-Dvecraft.seed)");
    int last = operationsOfARun();
    for (int round = 0; round < 20; round++) {
      for (int failAt = 1; failAt <= last; failAt++) {
        var random = new Random(seed + round * 1000L + failAt);
        var faulty = new MemoryFiles();
        faulty.failAt = failAt;
        var acknowledged = new ArrayList<Record>();
        try {
          run(new Writer(faulty, false), acknowledged);
        } catch (IllegalStateException | UncheckedIOException fatal) {
          // The process ends here.
        }
        faulty.losePower(random);
        String as = "seed %d round %d operation %d".formatted(seed, round, failAt);
        Writer again = new Writer(faulty, false);
        List<Record> kept =
            again.store.lastOffset() == 0
                ? List.of()
                : again.store.read(1, Integer.MAX_VALUE, Long.MAX_VALUE);
        assertThat(kept.size()).as(as).isGreaterThanOrEqualTo(acknowledged.size());
        assertThat(kept.subList(0, acknowledged.size())).as(as).isEqualTo(acknowledged);
        again.append(Appends.fence(9));
        again.store.close();
        assertThat(open(faulty, false).store().lastOffset()).as(as).isEqualTo(kept.size() + 1);
      }
    }
  }

  private int operationsOfARun() {
    var counting = new MemoryFiles();
    run(new Writer(counting, false), new ArrayList<>());
    return counting.operations;
  }

  private static void run(Writer writer, List<Record> acknowledged) {
    acknowledged.addAll(writer.append(Appends.open(1, 0)));
    for (int i = 0; i < 14; i++) {
      acknowledged.addAll(
          writer.append(
              Appends.of("a" + i, Appends.upsert(1, 0, "a", 60)),
              Appends.of("b" + i, Appends.upsert(1, 0, "b", 60))));
    }
  }

  /** The same on real files, at some places. */
  @Test
  void damageOnARealDiskIsNamed(@TempDir Path directory) throws Exception {
    for (Map.Entry<Path, byte[]> file : files().entrySet()) {
      byte[] content = file.getValue();
      for (int at = 3; at < content.length && !isMark(file.getKey()); at += 211) {
        Path target = directory.resolve(file.getKey().getFileName() + "-" + at);
        Files.createDirectories(target);
        for (Map.Entry<Path, byte[]> other : files().entrySet()) {
          byte[] bytes = other.getValue().clone();
          if (other.getKey().equals(file.getKey())) {
            bytes[at] ^= 0x40;
          }
          Files.write(target.resolve(other.getKey().getFileName()), bytes);
        }
        String found = "";
        try {
          SegmentStore.open(
                  settings(target, false), SETTINGS, new DiskFiles(), FatalError.HALT, () -> 1)
              .store()
              .read(1, Integer.MAX_VALUE, Long.MAX_VALUE);
        } catch (VecraftException e) {
          found = e.reason();
        }
        if (!isFooterThatTheNextSegmentProves(file.getKey(), content, at)) {
          assertThat(found).contains(file.getKey().getFileName().toString());
        }
      }
    }
  }
}
