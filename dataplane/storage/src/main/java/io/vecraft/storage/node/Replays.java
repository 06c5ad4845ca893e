package io.vecraft.storage.node;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.storage.replay.JournalNews;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.replay.PartitionReplay;
import io.vecraft.storage.replay.ReplaySettings;
import io.vecraft.storage.replay.Undecided;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The replays of a storage node and what they feed: for each DATA partition one in common, which
 * takes the shards of new collections, and some apart, for replicas that are not as far as the
 * others yet. Safe for concurrent use.
 *
 * <p>Invariant: a replica is fed by one at a time; while it is handed from one to the next, whoever
 * looks for the one that feeds it finds one of both.
 */
final class Replays implements AutoCloseable {
  private static final int PULL_RECORDS = 1_000;
  private static final long PULL_BYTES = 8L << 20;

  private final StorageConfig config;
  private final JournalApi journal;
  private final StampClock clock;
  private final OutcomeResolver resolver;
  private final Linkers linkers;
  private final JournalNews news;
  private final List<PartitionTarget> targets = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  Replays(
      StorageConfig config,
      JournalApi journal,
      StampClock clock,
      OutcomeResolver resolver,
      Linkers linkers) {
    this.config = config;
    this.journal = journal;
    this.clock = clock;
    this.resolver = resolver;
    this.linkers = linkers;
    this.news = new JournalNews(journal);
  }

  /**
   * A replay that is not kept or started yet.
   *
   * @param takesNew whether it is the one in common
   * @param from where it goes on
   * @param frontier everything up to here lies below
   */
  PartitionTarget make(
      int partition,
      PartitionTarget.Owner owner,
      boolean takesNew,
      PartitionMerge.Offsets from,
      long frontier) {
    return make(partition, owner, takesNew, from, frontier, catalogBelow(from.system()));
  }

  /** As {@link #make(int, PartitionTarget.Owner, boolean, PartitionMerge.Offsets, long)}. */
  PartitionTarget make(
      int partition,
      PartitionTarget.Owner owner,
      boolean takesNew,
      PartitionMerge.Offsets from,
      long frontier,
      Catalog catalogThere) {
    var target = new PartitionTarget(partition, owner, takesNew);
    var merge = new PartitionMerge(partition, from, catalogThere, frontier, target);
    target.attach(
        new PartitionReplay(
            journal,
            news,
            clock,
            merge,
            ReplaySettings.of(config.idleClose()),
            config.gate(),
            new Hooks(target)),
        catalogThere.stamp());
    return target;
  }

  /** What SYSTEM adds up to below an offset. */
  private Catalog catalogBelow(long offset) {
    Catalog catalog = Catalog.empty(config.partitions());
    long next = 1;
    while (next < offset) {
      PullResponse response =
          journal.pull(
              PullRequest.newBuilder()
                  .setPartition(Partitions.SYSTEM)
                  .setFromOffset(next)
                  .setMaxRecords(PULL_RECORDS)
                  .setMaxBytes(PULL_BYTES)
                  .build());
      for (Record record : response.getRecordsList()) {
        if (record.getOffset() < offset) {
          catalog = catalog.apply(record);
        }
      }
      if (response.getNextOffset() <= next) {
        throw new VecraftException(
            ErrorCode.DATA_DAMAGED,
            "SYSTEM ends at " + response.getLastOffset() + ", a checkpoint knows " + (offset - 1));
      }
      next = response.getNextOffset();
    }
    return catalog;
  }

  /** Keeps one until {@link #endIfIdle} or the end. */
  void keep(PartitionTarget target) {
    targets.add(target);
  }

  List<PartitionTarget> all() {
    return List.copyOf(targets);
  }

  /** The one in common of a partition. */
  Optional<PartitionTarget> common(int partition) {
    return targets.stream().filter(t -> t.takesNew() && t.partition() == partition).findFirst();
  }

  Optional<PartitionTarget> feeding(ShardReplica replica) {
    return targets.stream().filter(target -> target.feeds(replica)).findFirst();
  }

  /** Takes a replica away from whatever feeds it; from the next one, too, that it is given to. */
  void feedNoMore(ShardReplica replica) {
    for (Optional<PartitionTarget> feeding = feeding(replica);
        feeding.isPresent();
        feeding = feeding(replica)) {
      PartitionTarget target = feeding.get();
      var unused =
          target
              .replay()
              .whileStill(merge -> {
                target.release(replica);
                return true;
              });
    }
  }

  /** Hands a replica that is fed apart over to the one in common if it has come as far. */
  void settle(ShardReplica replica) {
    Optional<PartitionTarget> apart = feeding(replica);
    Optional<PartitionTarget> common = apart.flatMap(a -> common(a.partition()));
    if (common.isPresent() && ReplayHandover.handOver(replica, apart.get(), common.get())) {
      endIfIdle(apart.get().replay());
    }
  }

  /** Ends a replay apart that feeds nothing any more. */
  void endIfIdle(PartitionReplay replay) {
    for (PartitionTarget target : targets) {
      if (target.replay() == replay && !target.takesNew() && target.fed().isEmpty()) {
        targets.remove(target);
        replay.close();
      }
    }
  }

  /** Decides a transaction that one of them has met; the partitions are closed at its stamp. */
  void decide(long transactionStamp, Deadline deadline) {
    for (PartitionTarget target : targets) {
      Optional<Undecided> held = target.replay().awaitTransaction(transactionStamp, deadline);
      if (held.isPresent()) {
        resolver.resolve(held.get(), deadline);
        return;
      }
    }
  }

  /** Ends all; nothing is applied afterwards. */
  @Override
  public void close() {
    closed = true;
    var ended = new HashSet<PartitionTarget>();
    // One that ends may still hand a shard over to a new one.
    while (ended.size() < targets.size()) {
      for (PartitionTarget target : targets) {
        if (ended.add(target)) {
          target.replay().close();
        }
      }
    }
    news.close();
  }

  /** What surrounds a replay. */
  private final class Hooks implements PartitionReplay.Hooks {
    private final PartitionTarget target;

    Hooks(PartitionTarget target) {
      this.target = target;
    }

    @Override
    public void applied(Deadline deadline) {
      boolean waiting = false;
      for (ShardReplica replica : target.fed()) {
        while (unlinked(replica) > config.unlinkedMax() && !closed && !deadline.passed()) {
          Linkers.turn(replica);
        }
        waiting |= unlinked(replica) > 0;
      }
      if (waiting) {
        linkers.announce();
      }
    }

    private int unlinked(ShardReplica replica) {
      return replica.mounted().state().vectors().unlinked();
    }

    @Override
    public void decide(Undecided transaction, Deadline deadline) {
      resolver.resolve(transaction, deadline);
    }

    @Override
    public long decideAfterNanos() {
      return config.outcomeDelay().toNanos();
    }

    @Override
    public void failed(Throwable cause) {
      config.onFailure().accept(cause);
    }
  }
}
