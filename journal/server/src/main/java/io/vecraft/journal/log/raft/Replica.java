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
import io.vecraft.journal.segment.SegmentStore.StoredFile;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppliedPosition;
import io.vecraft.proto.journal.PartitionSnapshot;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.RememberedRequest;
import io.vecraft.proto.journal.ReplicaAddress;
import io.vecraft.proto.journal.ReplicaFilesRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
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
  private final RaftConfig config;
  private final SegmentSettings segments;
  private final PartitionSettings partition;
  private final FileAccess files;
  private final MachineTime time;
  private final AppliedFile file;
  private final StoredLog committed;
  private final FatalError fatal;
  private final boolean fresh;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by the lock.
  private PartitionState state;

  private volatile SegmentStore store;
  private volatile AppliedPosition durable;
  private volatile boolean failed;

  // Of the applying thread.
  private long term;
  private long index;
  private long bytesSince;
  private long entriesSince;
  private volatile List<ReplicaAddress> replicas;
  private final EntryBytes entries;

  /**
   * What an entry led to.
   *
   * @param decisions one for each append
   * @param position after it
   */
  record Applied(List<Decision> decisions, Position position) {}

  /**
   * What another replica needs to begin here.
   *
   * @param position up to which the files are synced and whole
   * @param files segments; they may go on behind the position
   */
  record Copy(AppliedPosition position, List<StoredFile> files) {}

  private Replica(
      RaftConfig config,
      SegmentSettings segments,
      PartitionSettings partition,
      FileAccess files,
      FatalError fatal,
      MachineTime time,
      long cacheBytes)
      throws IOException {
    this.name = "journal-" + partition.partition();
    this.config = config;
    this.segments = segments;
    this.partition = partition;
    this.files = files;
    this.fatal = fatal;
    this.time = time;
    this.file = new AppliedFile(files, segments.directory());
    Optional<AppliedPosition> found = file.read();
    this.fresh = found.isEmpty();
    AppliedPosition start = found.orElseGet(this::nothing);
    SegmentStore.Opened opened = open(start, segments);
    this.store = opened.store();
    this.state = opened.state();
    this.durable = start;
    this.term = start.getTerm();
    this.index = start.getIndex();
    this.replicas = start.getReplicasList();
    this.entries = new EntryBytes(config.logBytes());
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
      new Incoming(files, segments.directory()).adoptComplete();
      return new Replica(config, segments, partition, files, fatal, time, cacheBytes);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + segments.directory(), e);
    }
  }

  private AppliedPosition nothing() {
    return AppliedPosition.newBuilder()
        .setPartition(partition.partition())
        .setClusterId(config.clusterId().toString())
        .setReplica(config.self().id())
        .setDedupWindowMs(partition.dedupWindow().toMillis())
        .setDedupEntries(partition.dedupEntries())
        .setIndex(-1)
        .build();
  }

  /** Opens segments at a position, which they must bear out. */
  private SegmentStore.Opened open(AppliedPosition at, SegmentSettings from) {
    if (at.getPartition() != partition.partition()
        || !at.getClusterId().equals(config.clusterId().toString())
        || !at.getReplica().equals(config.self().id())) {
      throw damaged(
          from,
          "is of replica %s of partition %d of cluster %s"
              .formatted(at.getReplica(), at.getPartition(), at.getClusterId()));
    }
    if (at.getDedupWindowMs() != partition.dedupWindow().toMillis()
        || at.getDedupEntries() != partition.dedupEntries()) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "partition %d remembers %d requests of %d ms, the configuration says %d of %d ms: replicas decide alike only if they remember alike"
              .formatted(
                  partition.partition(),
                  at.getDedupEntries(),
                  at.getDedupWindowMs(),
                  partition.dedupEntries(),
                  partition.dedupWindow().toMillis()));
    }
    SegmentStore.Opened opened =
        SegmentStore.openAt(at.getLastOffset(), from, partition, files, fatal, time);
    if (opened.state().lastStamp() != at.getLastStamp()) {
      opened.store().close();
      throw damaged(
          from,
          "the record at offset %d has stamp %d, the checkpoint says %d"
              .formatted(at.getLastOffset(), opened.state().lastStamp(), at.getLastStamp()));
    }
    opened.state().closeAtLeast(at.getClosed());
    return opened;
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
      if (bytesSince >= config.checkpointBytes() || entriesSince >= config.checkpointEntries()) {
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
        entries.note(now.getIndex(), bytesSince);
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
      return nothing().toBuilder()
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

  /** What another replica needs now; any thread. */
  Copy copy() throws IOException {
    for (int tries = 0; tries < 100; tries++) {
      // A segment is sealed after its checkpoint: what was sealed before is not behind it.
      List<String> before = names(store.files());
      AppliedPosition position = durable;
      List<StoredFile> now = store.files();
      if (names(now).equals(before)) {
        return new Copy(position, now);
      }
    }
    throw new IOException("segments are sealed too fast to be copied");
  }

  private static List<String> names(List<StoredFile> files) {
    return files.stream().map(StoredFile::name).toList();
  }

  /**
   * Gets what another replica has and leaves it, checked and durable, for {@link #reload} or the
   * next start. Any thread, one at a time.
   */
  AppliedPosition fetch(RaftMember from) throws IOException {
    var incoming = new Incoming(files, segments.directory());
    Path directory = incoming.begin();
    AppliedPosition theirs =
        new ReplicaFetch(files, directory, config.tls())
            .run(
                from,
                ReplicaFilesRequest.newBuilder()
                    .setPartition(partition.partition())
                    .setClusterId(config.clusterId().toString())
                    .build());
    AppliedPosition ours = theirs.toBuilder().setReplica(config.self().id()).build();
    try (SegmentStore copy = open(ours, incoming.settings(segments)).store()) {
      List<String> damage = copy.scrub();
      if (!damage.isEmpty()) {
        throw new IOException("what came is damaged: " + damage);
      }
    }
    new AppliedFile(files, directory).write(ours);
    return ours;
  }

  /** Goes on from what was fetched; on the applying thread. */
  void reload() {
    try {
      store.close();
      new Incoming(files, segments.directory()).adoptComplete();
      AppliedPosition start = file.read().orElseThrow();
      SegmentStore.Opened opened = open(start, segments);
      Position end;
      lock.lock();
      try {
        state = opened.state();
        end = new Position(state.lastOffset(), state.closed());
      } finally {
        lock.unlock();
      }
      store = opened.store();
      durable = start;
      term = start.getTerm();
      index = start.getIndex();
      replicas = start.getReplicasList();
      committed.moveTo(opened.store(), end);
      committed.announce();
    } catch (IOException | RuntimeException e) {
      failed = true;
      fatal.die(name + " cannot go on from what it was given", e);
      throw new IllegalStateException(name + " has failed", e);
    }
  }

  private PartitionSnapshot snapshot() {
    lock.lock();
    try {
      return state.snapshot();
    } finally {
      lock.unlock();
    }
  }

  /** Entries up to here need not be kept for members that lag. On the applying thread. */
  long purgeableTo() {
    return entries.behind();
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

  List<RememberedRequest> unknown(List<RememberedRequest> requests) {
    lock.lock();
    try {
      return state.unknown(requests);
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

  int partition() {
    return partition.partition();
  }
}
