package io.vecraft.journal.log.raft;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.log.Position;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.log.StoredLog;
import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.partition.PartitionState;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.SegmentSettings;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppliedPosition;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.ReplicaAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What one replica of a partition makes of the consensus log: state, segments, and what readers
 * see.
 *
 * <p>Entries are applied exactly once, whatever the process does. State and segments are a function
 * of the entries up to an index, which a <em>checkpoint</em> writes down ({@link AppliedFile})
 * after the segments were synced; after a crash the segments are cut back to the checkpoint and the
 * entries behind it are applied again. Hence:
 *
 * <ul>
 *   <li>a segment is sealed only at a checkpoint: nothing sealed is ever behind it
 *   <li>segments are not synced on the way of an acknowledgement: the consensus log is
 *   <li>the consensus log is purged only up to the checkpoint
 * </ul>
 *
 * <p>Ratis applies on one thread, which also takes checkpoints; any thread reads. Applying is
 * total: whatever it throws ends the process, for a replica that skips an entry differs from the
 * others.
 */
final class Replica {
  private final String name;
  private final String clusterId;
  private final String member;
  private final SegmentStore store;
  private final AppliedFile file;
  private final StoredLog committed;
  private final FatalError fatal;
  private final long checkpointBytes;
  private final int checkpointEntries;
  private final boolean fresh;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by the lock.
  private final PartitionState state;

  private volatile AppliedPosition durable;
  private volatile boolean failed;

  // Of the applying thread.
  private long term;
  private long index;
  private long bytesSince;
  private long entriesSince;
  private List<ReplicaAddress> replicas;

  /**
   * What an entry led to.
   *
   * @param decisions one for each append
   * @param position after it
   */
  record Applied(List<Decision> decisions, Position position) {}

  private Replica(
      String name,
      RaftConfig config,
      SegmentStore.Opened opened,
      AppliedFile file,
      Optional<AppliedPosition> found,
      AppliedPosition start,
      long cacheBytes,
      FatalError fatal) {
    this.name = name;
    this.clusterId = config.clusterId().toString();
    this.member = config.self().id();
    this.store = opened.store();
    this.state = opened.state();
    this.file = file;
    this.fatal = fatal;
    this.checkpointBytes = config.checkpointBytes();
    this.checkpointEntries = config.checkpointEntries();
    this.fresh = found.isEmpty();
    this.durable = start;
    this.term = start.getTerm();
    this.index = start.getIndex();
    this.replicas = start.getReplicasList();
    state.closeAtLeast(start.getClosed());
    this.committed =
        new StoredLog(name, store, cacheBytes, new Position(state.lastOffset(), state.closed()));
  }

  /**
   * Opens what a replica has, at its checkpoint.
   *
   * @param cacheBytes newest records kept in memory for readers
   * @throws VecraftException {@code data_damaged} if it is not whole, or of another cluster or
   *     replica
   */
  static Replica open(
      RaftConfig config,
      SegmentSettings segments,
      PartitionSettings partition,
      long cacheBytes,
      FileAccess files,
      FatalError fatal,
      MachineTime time) {
    try {
      files.makeDirectories(segments.directory());
      var file = new AppliedFile(files, segments.directory());
      Optional<AppliedPosition> found = file.read();
      AppliedPosition start =
          found.orElseGet(() ->
              AppliedPosition.newBuilder()
                  .setPartition(partition.partition())
                  .setClusterId(config.clusterId().toString())
                  .setReplica(config.self().id())
                  .setIndex(-1)
                  .build());
      checkBelongs(start, config, segments);
      SegmentStore.Opened opened =
          SegmentStore.openAt(start.getLastOffset(), segments, partition, files, fatal, time);
      if (opened.state().lastStamp() != start.getLastStamp()) {
        opened.store().close();
        throw damaged(
            segments,
            "the record at offset %d has stamp %d, the checkpoint says %d"
                .formatted(
                    start.getLastOffset(), opened.state().lastStamp(), start.getLastStamp()));
      }
      return new Replica(
          "journal-" + partition.partition(),
          config,
          opened,
          file,
          found,
          start,
          cacheBytes,
          fatal);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + segments.directory(), e);
    }
  }

  private static void checkBelongs(
      AppliedPosition start, RaftConfig config, SegmentSettings segments) {
    if (start.getPartition() != segments.partition()
        || !start.getClusterId().equals(config.clusterId().toString())
        || !start.getReplica().equals(config.self().id())) {
      throw damaged(
          segments,
          "is of replica %s of partition %d of cluster %s"
              .formatted(start.getReplica(), start.getPartition(), start.getClusterId()));
    }
  }

  private static VecraftException damaged(SegmentSettings segments, String reason) {
    return new VecraftException(
        ErrorCode.DATA_DAMAGED, segments.directory().resolve(AppliedFile.NAME) + ": " + reason);
  }

  /** Whether it has never been started: it has voted for nobody and acknowledged nothing. */
  boolean fresh() {
    return fresh;
  }

  /** Notes durably that it exists, if it is fresh. Before it votes. */
  void begin() throws IOException {
    if (fresh) {
      file.write(durable);
    }
  }

  /** Applies the entry that follows the last. */
  Applied apply(long entryTerm, long entryIndex, Command command, long bytes) {
    try {
      if (store.due()) {
        checkpoint();
      }
      var decisions = new ArrayList<Decision>();
      Position end = decide(command, decisions);
      write(decisions);
      term = entryTerm;
      index = entryIndex;
      committed.moveTo(end);
      committed.announce();
      bytesSince += bytes;
      entriesSince++;
      if (bytesSince >= checkpointBytes || entriesSince >= checkpointEntries) {
        checkpoint();
      }
      return new Applied(decisions, end);
    } catch (Throwable e) {
      failed = true;
      fatal.die("%s cannot apply entry %d".formatted(name, entryIndex), e);
      throw new IllegalStateException(name + " has failed", e);
    }
  }

  private Position decide(Command command, List<Decision> decisions) {
    lock.lock();
    try {
      if (failed) {
        throw new IllegalStateException(name + " has failed before");
      }
      switch (command) {
        case Command.Batch(Proposal proposal) -> {
          for (Append append : proposal.appends()) {
            decisions.add(state.decide(append, proposal.stamp()));
          }
        }
        case Command.Close(long stamp) -> state.closeAtLeast(stamp);
      }
      return new Position(state.lastOffset(), state.closed());
    } finally {
      lock.unlock();
    }
  }

  private void write(List<Decision> decisions) {
    List<Accepted> accepted =
        decisions.stream().filter(Accepted.class::isInstance).map(Accepted.class::cast).toList();
    if (!accepted.isEmpty()) {
      List<Record> records = accepted.stream().map(Accepted::record).toList();
      store.write(records, accepted.stream().flatMap(a -> a.requests().stream()).toList());
      committed.remember(records);
    }
  }

  /** Takes note of an entry that is not the journal's own. */
  void skip(long entryTerm, long entryIndex) {
    term = entryTerm;
    index = entryIndex;
    entriesSince++;
  }

  /** Takes note of the members, as of the last entry. */
  void replicas(List<ReplicaAddress> now) {
    replicas = List.copyOf(now);
  }

  /** Makes everything applied durable; returns the index of the last entry in it. */
  long checkpoint() {
    try {
      AppliedPosition now = position();
      if (!now.equals(durable)) {
        store.sync();
        file.write(now);
        durable = now;
        bytesSince = 0;
        entriesSince = 0;
      }
      if (store.due()) {
        store.seal(snapshot());
      }
      return now.getIndex();
    } catch (IOException e) {
      failed = true;
      fatal.die(name + " cannot write a checkpoint", e);
      throw new UncheckedIOException(e);
    }
  }

  private AppliedPosition position() {
    lock.lock();
    try {
      return AppliedPosition.newBuilder()
          .setPartition(durable.getPartition())
          .setClusterId(clusterId)
          .setReplica(member)
          .setTerm(term)
          .setIndex(index)
          .setLastOffset(state.lastOffset())
          .setLastStamp(state.lastStamp())
          .setClosed(state.closed())
          .addAllReplicas(replicas)
          .build();
    } finally {
      lock.unlock();
    }
  }

  private io.vecraft.proto.journal.PartitionSnapshot snapshot() {
    lock.lock();
    try {
      return state.snapshot();
    } finally {
      lock.unlock();
    }
  }

  /** The newest checkpoint. */
  AppliedPosition durable() {
    return durable;
  }

  boolean isReused(String requestId, String principal, ByteString digest) {
    lock.lock();
    try {
      return state.isReused(requestId, principal, digest);
    } finally {
      lock.unlock();
    }
  }

  int featureLevel() {
    lock.lock();
    try {
      return state.featureLevel();
    } finally {
      lock.unlock();
    }
  }

  long lastStamp() {
    lock.lock();
    try {
      return state.lastStamp();
    } finally {
      lock.unlock();
    }
  }

  int rememberedRequests() {
    lock.lock();
    try {
      return state.rememberedRequests();
    } finally {
      lock.unlock();
    }
  }

  CommittedLog committed() {
    return committed;
  }

  SegmentStore store() {
    return store;
  }

  String name() {
    return name;
  }
}
