package io.vecraft.journal.log.raft;

import io.vecraft.journal.log.ReplicatedLog;
import io.vecraft.journal.log.ReplicatedLogContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract, with three replicas on real sockets and files. */
final class RaftLogTest extends ReplicatedLogContract {
  @TempDir Path directory;
  private RaftCluster cluster;
  private ReplicatedLog last;

  @BeforeEach
  void open() {
    // The contract is of one leader: on a busy machine it must not lose its place to a pause.
    cluster =
        new RaftCluster(
            directory,
            List.of(SETTINGS),
            c -> c.withElectionTimeout(Duration.ofSeconds(1), Duration.ofSeconds(2)));
  }

  @AfterEach
  void closeAll() {
    cluster.close();
  }

  @Override
  protected ReplicatedLog log() {
    if (!cluster.logs(PARTITION).isEmpty()) {
      last = cluster.leader(PARTITION);
    }
    return last;
  }

  @Override
  protected void settle() {}

  @Override
  protected void restart() {
    List<String> names = List.copyOf(cluster.logs(PARTITION).keySet());
    RaftCluster.each(names, cluster::stop);
    names.forEach(cluster::start);
  }
}
