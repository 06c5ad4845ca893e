package io.vecraft.cluster;

import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.JournalGroups;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.PartitionGroup;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a journal node the partitions that SYSTEM wants there, beside those that the journal was
 * made with, and takes from it those that others have now. Told of both in the log's order, by one
 * thread at a time, from the log's beginning at each start; what was done before is not done again.
 *
 * <ul>
 *   <li>A partition that is added: every node of the shared pool reads the same log, so all begin
 *       it with the same replicas, those of the group that is in force where the log wants it.
 *   <li>A partition that this node is to have among others: it waits here for the leader that adds
 *       it.
 *   <li>A partition whose group is settled without this node: it is deleted.
 * </ul>
 */
final class PartitionMaker implements JournalGroups.Listener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionMaker.class);
  private static final long AGAIN_MS = 1_000;
  private static final long CLOSE_SECONDS = 10;

  private final JournalServer journal;
  private final String id;
  private final boolean shared;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("journal-partitions").factory());

  private final Map<Integer, Long> done = new ConcurrentHashMap<>();

  // Of who tells.
  private List<RaftMember> inForce;

  /**
   * A maker that has been told nothing yet.
   *
   * @param id of the node's replicas
   * @param shared whether the node is in the shared pool
   * @param first the replicas that the journal was made with
   */
  PartitionMaker(JournalServer journal, String id, boolean shared, List<RaftMember> first) {
    this.journal = journal;
    this.id = id;
    this.shared = shared;
    this.inForce = List.copyOf(first);
  }

  @Override
  public void group(JournalGroup group) {
    inForce =
        group.getMembersList().stream()
            .map(m -> RaftMember.of(JournalLayout.replicaId(m), m.getRaftAddress()))
            .toList();
  }

  @Override
  public void group(PartitionGroup group) {
    int partition = group.getPartition();
    boolean here =
        group.getMembersCount() == 0
            ? shared
            : group.getMembersList().stream().anyMatch(m -> JournalLayout.replicaId(m).equals(id));
    make(
        partition,
        () -> {
          if (here) {
            journal.joinPartition(partition, group.getEpoch());
          } else if (group.getBeforeCount() == 0) {
            journal.leavePartition(partition, group.getEpoch());
          }
          done.put(partition, group.getEpoch());
        });
  }

  /** Up to which epoch of a partition's own nodes all is done that is wanted here; 0 for none. */
  long done(int partition) {
    return done.getOrDefault(partition, 0L);
  }

  @Override
  public void wanted(int dataPartitions) {
    if (shared) {
      List<RaftMember> members = inForce;
      for (int partition : new Partitions(dataPartitions).data()) {
        make(partition, () -> journal.addPartition(partition, members));
      }
    }
  }

  private void make(int partition, Runnable change) {
    thread.execute(() -> {
      try {
        do {
          try {
            change.run();
            return;
          } catch (RuntimeException e) {
            LOG.warn("partition {} cannot be taken up or given away yet", partition, e);
          }
        } while (!closing.await(AGAIN_MS, TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }

  /** Waits for what is under way, without interrupting it: its files would be closed. */
  @Override
  public void close() throws InterruptedException {
    closing.countDown();
    thread.shutdown();
    if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
      LOG.warn("a partition is still being taken up or given away");
    }
  }
}
