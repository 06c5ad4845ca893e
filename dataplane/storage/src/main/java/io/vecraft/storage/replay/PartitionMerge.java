package io.vecraft.storage.replay;

import io.vecraft.error.VecraftException;
import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TransactionOutcome;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.shard.Preconditions;
import io.vecraft.storage.shard.ShardState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Merges a DATA partition, TRANSACTION and SYSTEM in stamp order and applies them up to the
 * frontier. Deterministic, without I/O, threads or time: what it applies is a function of the logs
 * alone, however they arrive.
 *
 * <p>The frontier is the smallest closed stamp of the three, and stays below a transaction whose
 * outcome record has not been seen. Nothing above the frontier is applied.
 *
 * <p>Not thread-safe, but for {@link #frontier()}.
 */
public final class PartitionMerge {
  private final int dataPartition;
  private final MergeTarget target;
  private final Source data;
  private final Source transaction;
  private final Source system;
  private final Map<Long, TransactionOutcome> outcomes = new HashMap<>();
  private Catalog catalog;
  private volatile long frontier;
  private Optional<Undecided> undecided = Optional.empty();

  /** One log on its way in. */
  private static final class Source {
    final int partition;
    final ArrayDeque<Pending> pending = new ArrayDeque<>();
    long nextOffset;
    long closed;
    long newestStamp;

    Source(int partition, long nextOffset) {
      this.partition = partition;
      this.nextOffset = nextOffset;
    }

    /** Where a merge that has applied all up to its frontier would have to go on. */
    long resumeOffset() {
      Pending head = pending.peekFirst();
      return head == null ? nextOffset : head.record().getOffset();
    }
  }

  private record Pending(Record record, int[] prepared) {}

  /**
   * Offsets of the three logs.
   *
   * @param data next offset of the DATA partition, from 1
   * @param transaction next offset of TRANSACTION, from 1
   * @param system next offset of SYSTEM, from 1
   */
  public record Offsets(long data, long transaction, long system) {
    public static final Offsets START = new Offsets(1, 1, 1);

    /** The smaller of each. */
    public Offsets min(Offsets other) {
      return new Offsets(
          Math.min(data, other.data),
          Math.min(transaction, other.transaction),
          Math.min(system, other.system));
    }
  }

  /**
   * A merge that goes on where another had got to.
   *
   * @param catalog what SYSTEM adds up to below its offset
   * @param frontier everything up to here lies below the offsets; 0 at the beginning
   */
  public PartitionMerge(
      int dataPartition, Offsets from, Catalog catalog, long frontier, MergeTarget target) {
    this.dataPartition = dataPartition;
    this.target = target;
    this.data = new Source(dataPartition, from.data());
    this.transaction = new Source(Partitions.TRANSACTION, from.transaction());
    this.system = new Source(Partitions.SYSTEM, from.system());
    this.catalog = catalog;
    this.frontier = frontier;
  }

  /** The next offset wanted from one of the three partitions. */
  public long nextOffset(int partition) {
    return source(partition).nextOffset;
  }

  /**
   * Takes what has come from a partition; a response that overlaps what is here already is cut, one
   * that leaves a gap is refused.
   */
  public void offer(int partition, PullResponse response) {
    Source source = source(partition);
    for (Record record : response.getRecordsList()) {
      if (record.getOffset() < source.nextOffset) {
        continue;
      }
      if (record.getOffset() > source.nextOffset) {
        throw new IllegalStateException(
            "partition "
                + partition
                + ": record "
                + record.getOffset()
                + " came, "
                + source.nextOffset
                + " is due");
      }
      if (record.getStamp() <= source.newestStamp) {
        throw new IllegalStateException(
            "partition "
                + partition
                + ": stamp "
                + record.getStamp()
                + " of record "
                + record.getOffset()
                + " is not above "
                + source.newestStamp);
      }
      source.newestStamp = record.getStamp();
      source.nextOffset++;
      if (partition == Partitions.TRANSACTION) {
        keepOutcomes(record);
      }
      int[] prepared = source == data ? target.prepare(record) : MergeTarget.NOTHING;
      source.pending.addLast(new Pending(record, prepared));
    }
    if (response.getNextOffset() > source.nextOffset) {
      throw new IllegalStateException(
          "partition "
              + partition
              + ": records "
              + source.nextOffset
              + " to "
              + (response.getNextOffset() - 1)
              + " are missing");
    }
    source.closed = Math.max(source.closed, response.getClosedStamp());
  }

  /** Takes note that every record up to a stamp lies below the next offset wanted. */
  void close(int partition, long stamp) {
    Source source = source(partition);
    source.closed = Math.max(source.closed, stamp);
  }

  private void keepOutcomes(Record record) {
    for (Operation operation : record.getOperationsList()) {
      if (operation.hasTransactionOutcome()) {
        TransactionOutcome outcome = operation.getTransactionOutcome();
        if (outcome.getTransactionStamp() > frontier) {
          outcomes.putIfAbsent(outcome.getTransactionStamp(), outcome);
        }
      }
    }
  }

  /**
   * Applies at most {@code recordsMax} records and raises the frontier.
   *
   * @return whether there may be more to apply
   */
  public boolean advance(int recordsMax) {
    long closed = Math.min(data.closed, Math.min(transaction.closed, system.closed));
    for (int applied = 0; ; applied++) {
      Optional<Source> first = firstPending();
      if (first.isEmpty() || first.get().pending.getFirst().record().getStamp() > closed) {
        undecided = Optional.empty();
        frontier = Math.max(frontier, closed);
        return false;
      }
      if (applied == recordsMax) {
        return true;
      }
      Source source = first.get();
      Pending pending = source.pending.getFirst();
      if (!apply(source, pending)) {
        undecided = Optional.of(new Undecided(pending.record(), catalog));
        frontier = Math.max(frontier, pending.record().getStamp() - 1);
        return false;
      }
      source.pending.removeFirst();
      frontier = Math.max(frontier, pending.record().getStamp());
    }
  }

  private Optional<Source> firstPending() {
    Source first = null;
    for (Source source : List.of(data, transaction, system)) {
      if (!source.pending.isEmpty()
          && (first == null
              || source.pending.getFirst().record().getStamp()
                  < first.pending.getFirst().record().getStamp())) {
        first = source;
      }
    }
    return Optional.ofNullable(first);
  }

  /**
   * Forgets what {@link MergeTarget#prepare} returned for a shard, whose state has been replaced:
   * ordinals of the old one mean nothing in the new.
   */
  public void forgetPrepared(ShardId shard) {
    for (Pending pending : data.pending) {
      for (int i = 0; i < pending.prepared().length; i++) {
        Operation operation = pending.record().getOperations(i);
        if (operation.getCollectionId() == shard.collectionId()
            && operation.getShard() == shard.shard()) {
          pending.prepared()[i] = -1;
        }
      }
    }
  }

  /** Applies a record; false if it is a transaction that has to wait for its outcome. */
  private boolean apply(Source source, Pending pending) {
    Record record = pending.record();
    if (source == system) {
      applySystem(record);
      return true;
    }
    if (source == data) {
      applyData(record, pending.prepared());
      return true;
    }
    return applyTransaction(record);
  }

  private void applySystem(Record record) {
    try {
      catalog = catalog.apply(record);
    } catch (VecraftException e) {
      // The log holds decided records only; one that does not apply means that two rules disagree.
      throw new IllegalStateException("SYSTEM record " + record.getOffset() + ": " + e, e);
    }
    target.merged(
        catalog,
        new Offsets(data.resumeOffset(), transaction.resumeOffset(), record.getOffset() + 1));
  }

  private void applyData(Record record, int[] prepared) {
    byShard(record, false)
        .forEach((shard, operations) ->
            unlessDamaged(shard, () -> shard.apply(record, operations, prepared)));
  }

  private boolean applyTransaction(Record record) {
    Map<ShardState, List<Integer>> parts = byShard(record, true);
    if (parts.isEmpty()) {
      outcomes.remove(record.getStamp());
      return true;
    }
    if (!Transactions.needsOutcome(record.getOperationsList(), catalog)) {
      parts.forEach((shard, operations) ->
          unlessDamaged(shard, () -> shard.applyTransaction(record, operations)));
      return true;
    }
    TransactionOutcome outcome = outcomes.get(record.getStamp());
    if (outcome == null) {
      return false;
    }
    parts.forEach((shard, operations) ->
        unlessDamaged(shard, () -> shard.applyDecided(record, operations, outcome)));
    outcomes.remove(record.getStamp());
    return true;
  }

  private void unlessDamaged(ShardState shard, Runnable apply) {
    try {
      apply.run();
    } catch (DamagedBlockException e) {
      target.damaged(shard, e);
    }
  }

  /** Positions of a record's operations by the shard here that they belong to, in their order. */
  private Map<ShardState, List<Integer>> byShard(Record record, boolean hashed) {
    Map<ShardState, List<Integer>> parts = new LinkedHashMap<>();
    ShardId lastId = new ShardId(-1, -1);
    Optional<ShardState> last = Optional.empty();
    for (int i = 0; i < record.getOperationsCount(); i++) {
      Operation operation = record.getOperations(i);
      if (!Preconditions.writesRecord(operation)) {
        continue;
      }
      Optional<ShardId> id =
          hashed
              ? Transactions.shardOf(operation, catalog)
              : Optional.of(new ShardId(operation.getCollectionId(), operation.getShard()));
      if (id.isEmpty()) {
        continue;
      }
      if (!id.get().equals(lastId)) {
        lastId = id.get();
        last = target.shard(lastId).filter(s -> s.appliedStamp() < record.getStamp());
      }
      if (last.isPresent()) {
        parts.computeIfAbsent(last.get(), s -> new ArrayList<>()).add(i);
      }
    }
    return parts;
  }

  /** The history up to here is complete and applied. May be read by any thread. */
  public long frontier() {
    return frontier;
  }

  /** The transaction that held the frontier back at the last {@link #advance}. */
  public Optional<Undecided> undecided() {
    return undecided;
  }

  /** The largest stamp seen in any of the three logs. */
  public long newestStamp() {
    return Math.max(data.newestStamp, Math.max(transaction.newestStamp, system.newestStamp));
  }

  /** The closed stamp of a partition as far as it has come. */
  public long closed(int partition) {
    return source(partition).closed;
  }

  /** Records of a partition that have come and are not applied. */
  public int pendingRecords(int partition) {
    return source(partition).pending.size();
  }

  /** Last offset of the DATA partition that has been applied. */
  public long appliedOffset() {
    return data.resumeOffset() - 1;
  }

  /** Where a merge would go on that starts at this frontier. */
  public Offsets resumeOffsets() {
    return new Offsets(data.resumeOffset(), transaction.resumeOffset(), system.resumeOffset());
  }

  /** What SYSTEM adds up to at the frontier. */
  public Catalog catalog() {
    return catalog;
  }

  public int dataPartition() {
    return dataPartition;
  }

  private Source source(int partition) {
    return switch (partition) {
      case Partitions.SYSTEM -> system;
      case Partitions.TRANSACTION -> transaction;
      default -> {
        if (partition != dataPartition) {
          throw new IllegalArgumentException("partition " + partition + " is not merged here");
        }
        yield data;
      }
    };
  }
}
