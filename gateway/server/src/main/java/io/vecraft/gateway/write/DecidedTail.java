package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.WantShardIn;
import io.vecraft.query.ClusterAccess;
import io.vecraft.storage.read.ShardId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Merges the partitions in stamp order, up to where all of them are closed, and hands on a record
 * once the replicas have decided it. It pulls only when it is asked for more, so a slow reader
 * costs one pull's worth of memory a partition.
 */
final class DecidedTail implements Lineage.Tail {
  private static final int PULL_RECORDS = 200;
  private static final long PULL_BYTES = 1L << 20;
  private static final long PAUSE_MILLIS = 50;

  private final ClusterAccess cluster;
  private final JournalLineage lineage;
  private final Optional<CollectionState> collection;
  private final List<Source> sources = new ArrayList<>();
  private final Set<Integer> opened = new TreeSet<>();
  private long after;

  DecidedTail(
      ClusterAccess cluster,
      JournalLineage lineage,
      Optional<CollectionState> collection,
      long after) {
    this.cluster = cluster;
    this.lineage = lineage;
    this.collection = collection;
    this.after = after;
    Set<Integer> partitions = new TreeSet<>(cluster.catalogs().refresh().partitions().data());
    collection.ifPresent(c -> {
      partitions.clear();
      c.getPlacementsList().stream().flatMap(ShardHomes::partitions).forEach(partitions::add);
    });
    partitions.add(Partitions.SYSTEM);
    partitions.add(Partitions.TRANSACTION);
    partitions.forEach(p -> sources.add(new Source(p)));
  }

  @Override
  public List<Lineage.DecidedRecord> next(Deadline deadline) {
    while (true) {
      sources.forEach(Source::fill);
      addOpened();
      List<Lineage.DecidedRecord> decided = take(deadline);
      if (!decided.isEmpty()) {
        return decided;
      }
      if (deadline.passed() || !pause(deadline)) {
        return List.of();
      }
      if (sources.stream().allMatch(s -> s.pending.isEmpty() || s.pulledAll)) {
        close(deadline);
      }
    }
  }

  /**
   * Takes up partitions that SYSTEM has opened, or has put a shard of the collection into, before
   * anything after that is handed on: what is of interest in them is younger.
   */
  private void addOpened() {
    for (int partition : opened) {
      if (sources.stream().noneMatch(s -> s.partition == partition)) {
        var source = new Source(partition);
        source.fill();
        sources.add(source);
      }
    }
    opened.clear();
  }

  /** An idle partition closes only when it is asked to. */
  private void close(Deadline deadline) {
    var partitions = new TreeSet<Integer>();
    sources.forEach(s -> partitions.add(s.partition));
    partitions.remove(Partitions.SYSTEM);
    partitions.remove(Partitions.TRANSACTION);
    try {
      var unused = cluster.barriers().sync(partitions, deadline);
    } catch (VecraftException e) {
      if (e.code() != ErrorCode.DEADLINE_EXCEEDED) {
        throw e;
      }
    }
  }

  private List<Lineage.DecidedRecord> take(Deadline deadline) {
    long frontier = sources.stream().mapToLong(s -> s.complete).min().orElse(0);
    var decided = new ArrayList<Lineage.DecidedRecord>();
    while (decided.size() < PULL_RECORDS) {
      Optional<Source> first =
          sources.stream()
              .filter(s -> !s.pending.isEmpty())
              .min(Comparator.comparingLong(s -> s.pending.getFirst().getStamp()));
      if (first.isEmpty() || first.get().pending.getFirst().getStamp() > frontier) {
        return decided;
      }
      Record record = first.get().pending.getFirst();
      if (concerns(record) && record.getStamp() > after) {
        if (!awaitDecision(record, decided.isEmpty(), deadline)) {
          return decided;
        }
        decided(first.get().partition, record).ifPresent(decided::add);
      }
      first.get().pending.removeFirst();
      after = Math.max(after, record.getStamp());
    }
    return decided;
  }

  private Optional<Lineage.DecidedRecord> decided(int partition, Record record) {
    List<Lineage.DecidedOperation> operations =
        lineage.decided(partition, record).stream()
            .filter(o -> collection.map(c -> c.getId() == o.collectionId()).orElse(true))
            .toList();
    return operations.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Lineage.DecidedRecord(
                partition,
                record.getOffset(),
                record.getStamp(),
                record.getRequestId(),
                record.getPrincipal(),
                operations));
  }

  private boolean concerns(Record record) {
    var catalog = cluster.catalogs().current();
    return record.getOperationsList().stream()
        .filter(o -> !JournalLineage.isInternal(o))
        .mapToLong(o -> JournalLineage.collectionId(catalog, o, record.getStamp()))
        .anyMatch(id -> collection.map(c -> c.getId() == id).orElse(true));
  }

  /** Waits for the shards of a conditional record, unless there are others to hand on meanwhile. */
  private boolean awaitDecision(Record record, boolean mayWait, Deadline deadline) {
    for (Operation operation : record.getOperationsList()) {
      if (!Operations.isWrite(operation)) {
        continue;
      }
      ShardId shard = ShardIds.of(operation);
      var replicas = cluster.replicas().of(shard);
      if (replicas.isEmpty()
          || replicas.stream().anyMatch(r -> r.frontier() >= record.getStamp())) {
        continue;
      }
      if (!mayWait) {
        return false;
      }
      try {
        var unused = cluster.replicas().awaitAny(shard, record.getStamp(), deadline);
      } catch (VecraftException e) {
        if (e.code() == ErrorCode.DEADLINE_EXCEEDED) {
          return false;
        }
        throw e;
      }
    }
    return true;
  }

  private static boolean pause(Deadline deadline) {
    try {
      long left = Math.max(0, deadline.remainingNanos() / 1_000_000);
      Thread.sleep(Math.min(PAUSE_MILLIS, left));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    sources.forEach(s -> s.pending.clear());
  }

  /** One partition: what has been pulled of it and not been handed on. */
  private final class Source {
    final int partition;
    final Deque<Record> pending = new ArrayDeque<>();
    long nextOffset;
    long complete; // everything up to this stamp is in pending or has been handed on
    boolean pulledAll;

    Source(int partition) {
      this.partition = partition;
      this.nextOffset = firstOffsetAfter(after);
    }

    void fill() {
      if (!pending.isEmpty() && !pulledAll) {
        complete = Math.max(complete, pending.getLast().getStamp());
        return;
      }
      if (pending.size() >= PULL_RECORDS) {
        return;
      }
      PullResponse pulled = pull(nextOffset, PULL_RECORDS);
      pending.addAll(pulled.getRecordsList());
      pulled.getRecordsList().forEach(this::note);
      nextOffset = pulled.getNextOffset();
      pulledAll = nextOffset > pulled.getLastOffset();
      complete =
          Math.max(
              complete,
              pulledAll
                  ? pulled.getClosedStamp()
                  : pending.isEmpty() ? 0 : pending.getLast().getStamp());
    }

    private void note(Record record) {
      for (Operation operation : record.getOperationsList()) {
        if (operation.hasOpenDataPartitions() && collection.isEmpty()) {
          opened.addAll(new Partitions(operation.getOpenDataPartitions().getCount()).data());
        }
        if (operation.hasWantShardIn()
            && collection.filter(c -> isOf(c, operation.getWantShardIn())).isPresent()) {
          opened.add(operation.getWantShardIn().getPartition());
        }
      }
    }

    private static boolean isOf(CollectionState of, WantShardIn wanted) {
      return of.getId() == wanted.getCollectionId();
    }

    /** The first offset whose stamp is above {@code stamp}: stamps ascend with offsets. */
    private long firstOffsetAfter(long stamp) {
      long low = firstHeld();
      PullResponse head = pull(low, 1);
      if (low > 1 && head.getRecordsCount() > 0 && stamp + 1 < head.getRecords(0).getStamp()) {
        throw new VecraftException(
            ErrorCode.SNAPSHOT_EXPIRED,
            "partition %d of the journal is held from stamp %d on"
                .formatted(partition, head.getRecords(0).getStamp()),
            "after");
      }
      long high = head.getLastOffset() + 1;
      while (stamp > 0 && low < high) {
        long middle = (low + high) >>> 1;
        List<Record> at = pull(middle, 1).getRecordsList();
        if (!at.isEmpty() && at.getFirst().getStamp() <= stamp) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    private long firstHeld() {
      return cluster.journal().status().getPartitionsList().stream()
          .filter(p -> p.getPartition() == partition)
          .mapToLong(PartitionStatus::getFirstOffset)
          .findFirst()
          .orElse(1);
    }

    private PullResponse pull(long from, int records) {
      return cluster
          .journal()
          .pull(
              PullRequest.newBuilder()
                  .setPartition(partition)
                  .setFromOffset(from)
                  .setMaxRecords(records)
                  .setMaxBytes(PULL_BYTES)
                  .build());
    }
  }
}
