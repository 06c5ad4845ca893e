package io.vecraft.cluster;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.proto.journal.JournalGroup;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up a journal node's replicas of the partitions that SYSTEM wants beside those that the
 * journal was made with. Every node reads the same log, so all begin a partition with the same
 * replicas: those of the group that is in force where the log wants it. Told of both in the log's
 * order, by one thread at a time.
 */
final class PartitionMaker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionMaker.class);
  private static final long AGAIN_MS = 1_000;
  private static final long CLOSE_SECONDS = 10;

  private final JournalServer journal;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("journal-partitions").factory());

  // Of who tells.
  private List<RaftMember> inForce;

  /**
   * A maker that has been told nothing yet.
   *
   * @param first the replicas that the journal was made with
   */
  PartitionMaker(JournalServer journal, List<RaftMember> first) {
    this.journal = journal;
    this.inForce = List.copyOf(first);
  }

  /** The journal's nodes are these from here on. */
  void group(JournalGroup group) {
    inForce =
        group.getMembersList().stream()
            .map(m -> RaftMember.of(JournalConnection.replicaId(m), m.getRaftAddress()))
            .toList();
  }

  /** So many DATA partitions there are to be. */
  void wanted(int dataPartitions) {
    List<RaftMember> members = inForce;
    thread.execute(() -> {
      for (int partition : new Partitions(dataPartitions).data()) {
        make(partition, members);
      }
    });
  }

  private void make(int partition, List<RaftMember> members) {
    try {
      do {
        try {
          journal.addPartition(partition, members);
          return;
        } catch (VecraftException | UncheckedIOException e) {
          LOG.warn("partition {} cannot be taken up yet", partition, e);
        }
      } while (!closing.await(AGAIN_MS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for what is being taken up, without interrupting it: its files would be closed. */
  @Override
  public void close() throws InterruptedException {
    closing.countDown();
    thread.shutdown();
    if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
      LOG.warn("a partition is still being taken up");
    }
  }
}
