package io.vecraft.journal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.Appends;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.time.ClockBound.Saved;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.PullRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a journal beside its segments, and what a directory refuses. */
final class JournalFilesTest {
  @TempDir Path directory;

  @Test
  void theBoundIsWhatWasPersistedLastWhicheverSlotIsDamaged() throws Exception {
    try (FileClockBound bound = FileClockBound.open(directory)) {
      assertThat(bound.load()).isEqualTo(Saved.NEW);
      for (int i = 1; i <= 5; i++) {
        bound.persist(new Saved(100L * i, i, i % 2 == 0));
      }
    }
    try (FileClockBound bound = FileClockBound.open(directory)) {
      assertThat(bound.load()).isEqualTo(new Saved(500, 5, false));
    }
    Path file = directory.resolve(FileClockBound.FILE);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < 40; at++) {
      for (int slot = 0; slot < 2; slot++) {
        byte[] flipped = whole.clone();
        flipped[slot * 4096 + at] ^= 2;
        Files.write(file, flipped);
        try (FileClockBound bound = FileClockBound.open(directory)) {
          assertThat(bound.load().bound()).isIn(400L, 500L);
        }
        flipped[(1 - slot) * 4096 + at] ^= 2;
        Files.write(file, flipped);
        assertThatThrownBy(() -> FileClockBound.open(directory))
            .isInstanceOf(VecraftException.class)
            .hasMessageContaining("both slots are damaged");
      }
    }
  }

  /** The default ends the process: the bound may be moved ahead while it is being closed. */
  @Test
  void aBoundThatIsClosedIsRefusedAndNoFault() {
    FileClockBound bound = FileClockBound.open(directory);
    bound.persist(new Saved(100, 1, false));
    bound.close();
    assertThatThrownBy(() -> bound.persist(new Saved(200, 2, false)))
        .hasMessageContaining("closed");
    try (FileClockBound again = FileClockBound.open(directory)) {
      assertThat(again.load()).isEqualTo(new Saved(100, 1, false));
    }
  }

  @Test
  void aJournalWithoutItsBoundIsRefused() throws Exception {
    use(JournalConfig.defaults(directory));
    Files.delete(directory.resolve(FileClockBound.FILE));
    assertThatThrownBy(() -> FileClockBound.open(directory))
        .hasMessageContaining("stamps might be given a second time");
  }

  @Test
  void anIdentityIsReadBackAndEveryFlippedBitIsNamed() throws Exception {
    var files = new DiskFiles();
    ClusterIdentity identity = ClusterIdentity.create(new Partitions(7));
    identity.nextIncarnation().write(files, directory);
    assertThat(ClusterIdentity.read(files, directory))
        .isEqualTo(Optional.of(identity.nextIncarnation()));
    Path file = directory.resolve(ClusterIdentity.FILE);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 1;
      Files.write(file, flipped);
      assertThatThrownBy(() -> ClusterIdentity.read(files, directory))
          .as("byte %d", at)
          .isInstanceOf(VecraftException.class)
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void aJournalWithoutItsIdentityOrWithOtherPartitionsIsRefused() throws Exception {
    JournalConfig config = JournalConfig.defaults(directory);
    use(config);
    assertThatThrownBy(() -> use(config.withPartitions(new Partitions(3))))
        .hasMessageContaining("has 2 data partitions, the configuration says 3");
    Files.delete(directory.resolve(ClusterIdentity.FILE));
    assertThatThrownBy(() -> use(config)).hasMessageContaining("is missing");
  }

  @Test
  void anAcceptedLossRaisesTheIncarnationOnce() throws Exception {
    JournalConfig config = JournalConfig.defaults(directory);
    use(config);
    Path segment = directory.resolve("partition-003").resolve("00000000000000000001.open");
    byte[] damaged = Files.readAllBytes(segment);
    damaged[90] ^= 1;
    Files.write(segment, damaged);
    assertThatThrownBy(() -> use(config)).hasMessageContaining(segment.toString());
    assertThat(use(config.withAcceptLoss(true))).isEqualTo(2);
    assertThat(use(config)).isEqualTo(2);
    assertThat(use(config.withAcceptLoss(true))).isEqualTo(2);
  }

  /** Opens, writes one record more, closes; returns the incarnation. */
  private long use(JournalConfig config) {
    try (FileClockBound bound = FileClockBound.open(directory);
        JournalServer server =
            JournalServer.open(config, QuorumClock.single(bound, MachineTime.SYSTEM))) {
      long next =
          server
                  .pull(PullRequest.newBuilder().setPartition(Partitions.FIRST_DATA).build())
                  .getLastOffset()
              + 1;
      AppendResult result =
          server
              .appendBatch(
                  AppendBatchRequest.newBuilder()
                      .setPartition(Partitions.FIRST_DATA)
                      .addAppends(Appends.open(1, (int) next))
                      .build())
              .join()
              .getResults(0);
      assertThat(result.getOffset()).isEqualTo(next);
      return server.identity().incarnation();
    }
  }

  @Test
  void theMeasurementRuns() {
    JournalBench.Result result =
        JournalBench.run(directory.resolve("bench"), 512, 16, Duration.ofMillis(200));
    assertThat(result.journal().records()).isPositive();
    assertThat(result.plain().megabytesPerSecond()).isPositive();
  }
}
