package io.vecraft.journal.log.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.Appends;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.time.Stamp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that were deleted, and are there again. */
final class RejoinedReplicaTest {
  private static final int PARTITION = Partitions.FIRST_DATA;
  private static final PartitionSettings SETTINGS =
      new PartitionSettings(PARTITION, new Partitions(2), Duration.ofMinutes(10), 1000, 1);
  private static final long T = Stamp.of(1_000_000, 0, 0);

  /** Ten times as long as a replica waits before it stands for election. */
  private static final Duration LONG = Duration.ofSeconds(6);

  @TempDir Path directory;

  @Test
  void oneThatHasLessThanItHasAcknowledgedVotesForNobody() throws InterruptedException {
    try (var cluster = new RaftCluster(directory, List.of(SETTINGS), UnaryOperator.identity())) {
      cluster.ask(PARTITION, log -> log.append(new Proposal(T, List.of(Appends.open(1, 0)))));
      List.of("a", "b", "c").forEach(cluster::stop);
      // Two that have each acknowledged what the other does not have.
      cluster.floors.putAll(
          Map.of("b", new EntryPosition(1_000, 0), "c", new EntryPosition(1_000, 0)));
      cluster.start("b");
      cluster.start("c");
      Thread.sleep(LONG);
      assertThat(cluster.logs(PARTITION).values()).noneMatch(RaftLog::leads);

      // The third one votes for either; it gets no vote itself.
      cluster.start("a");
      assertThat(cluster.nameOf(cluster.leader(PARTITION))).isIn("b", "c");

      // They have as much as they had: nothing is in the way.
      List.of("a", "b", "c").forEach(cluster::stop);
      cluster.floors.replaceAll((id, floor) -> new EntryPosition(1, 0));
      cluster.start("b");
      cluster.start("c");
      cluster.leader(PARTITION);
      assertThat(cluster.fatal).isEmpty();
    }
  }
}
