package io.vecraft.journal.log.raft;

import io.vecraft.journal.log.raft.Replica.Applied;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.proto.journal.AppliedPosition;
import io.vecraft.proto.journal.ReplicaAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Replica} as Ratis sees it. What Ratis calls a snapshot is the replica's checkpoint.
 *
 * <p>Everything that Ratis would only log (a failed log, a failed application) ends the process.
 */
final class ReplicaMachine extends BaseStateMachine {
  private static final Logger log = LoggerFactory.getLogger(ReplicaMachine.class);

  private final Replica replica;
  private final FileAccess files;
  private final FatalError fatal;
  private final Runnable onLeading;
  private volatile Optional<DirectorySync> directory = Optional.empty();
  private volatile boolean closing;

  /** Of the applying thread: how far Ratis may purge, as it knows. */
  private long reported;

  private volatile boolean ended;
  private volatile EntryPosition last = EntryPosition.NONE; // once it has ended
  private volatile long flushed = -1;

  /**
   * A state machine for a replica.
   *
   * @param onLeading called on Ratis's thread when this replica leads and has applied everything
   *     that was committed before
   */
  ReplicaMachine(Replica replica, FileAccess files, FatalError fatal, Runnable onLeading) {
    this.replica = replica;
    this.files = files;
    this.fatal = fatal;
    this.onLeading = onLeading;
    AppliedPosition start = replica.durable();
    this.reported = start.getIndex();
    if (start.getIndex() >= 0) {
      setLastAppliedTermIndex(TermIndex.valueOf(start.getTerm(), start.getIndex()));
    }
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage)
      throws IOException {
    super.initialize(server, groupId, storage);
    var sync = new DirectorySync(files, fatal, storage.getStorageDir().getRoot().toPath());
    sync.syncAll();
    directory = Optional.of(sync);
    replica.begin();
    getLifeCycle().startAndTransition(() -> {});
  }

  Replica replica() {
    return replica;
  }

  /**
   * The leader has purged what comes next here, or this replica is new: it gets what the leader
   * has. Only what is whole and durable is reported.
   */
  @Override
  public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(
      RoleInfoProto role, TermIndex firstAvailable) {
    if (firstAvailable.getIndex() <= replica.durable().getIndex() + 1) {
      // Nothing is missing: the log itself is enough.
      return CompletableFuture.completedFuture(null);
    }
    RaftPeerProto leader = role.getFollowerInfo().getLeaderInfo().getId();
    var fetched = new CompletableFuture<TermIndex>();
    // Whatever fails there: an exception from here would leave Ratis waiting for good.
    Thread.ofVirtual()
        .name("journal-fetch")
        .start(() -> {
          try {
            fetched.complete(fetch(leader, firstAvailable));
          } catch (IOException | RuntimeException e) {
            log.warn(
                "{}: the files of {} did not come",
                replica.name(),
                leader.getId().toStringUtf8(),
                e);
            fetched.completeExceptionally(e);
          }
        });
    return fetched;
  }

  private TermIndex fetch(RaftPeerProto leader, TermIndex firstAvailable) throws IOException {
    RaftMember from = RaftMember.of(leader.getId().toStringUtf8(), leader.getAddress());
    log.info(
        "{}: entries before {} are gone at {}; getting its files",
        replica.name(),
        firstAvailable.getIndex(),
        from.id());
    AppliedPosition position = replica.fetch(from);
    if (position.getIndex() + 1 < firstAvailable.getIndex()) {
      throw new IOException("what came ends at entry " + position.getIndex());
    }
    return TermIndex.valueOf(position.getTerm(), position.getIndex());
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  /** On the applying thread: goes on from what was fetched. */
  @Override
  public void reinitialize() {
    replica.reload();
    AppliedPosition now = replica.durable();
    setLastAppliedTermIndex(TermIndex.valueOf(now.getTerm(), now.getIndex()));
    reported = now.getIndex();
    getLifeCycle().startAndTransition(() -> {});
  }

  /** Says that the end that follows is wanted. */
  void closing() {
    closing = true;
  }

  /** Whether Ratis has ended it. */
  boolean ended() {
    return ended;
  }

  /** Makes what Ratis has written about terms and votes durable. */
  void syncDirectory() {
    directory.ifPresent(DirectorySync::sync);
  }

  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    AppliedPosition p = replica.durable();
    return p.getIndex() < 0 ? null : new Checkpoint(TermIndex.valueOf(p.getTerm(), p.getIndex()));
  }

  /**
   * The replica takes checkpoints when they are due, in bytes too, which Ratis does not count; what
   * Ratis learns here is how far it may purge: as far as every member has got, and further only to
   * keep the log within its limit. The last checkpoint is taken here.
   */
  @Override
  public long takeSnapshot() throws IOException {
    long checkpoint = closing ? replica.checkpoint() : replica.durable().getIndex();
    long behindAll =
        division().getCommitInfos().stream()
            .mapToLong(CommitInfoProto::getCommitIndex)
            .min()
            .orElse(-1);
    long purgeable = Math.min(checkpoint, Math.max(behindAll, replica.purgeableTo()));
    if (purgeable <= reported) {
      // Ratis takes it as an error that it goes back; -1 tells nothing.
      return -1;
    }
    reported = purgeable;
    return purgeable;
  }

  /** Only calls of this process come in; the log is nobody else's. */
  @Override
  public TransactionContext startTransaction(RaftClientRequest request) {
    boolean ours = request.getMessage() instanceof Call;
    TransactionContext context =
        TransactionContext.newBuilder()
            .setStateMachine(this)
            .setClientRequest(request)
            .setStateMachineContext(ours ? request.getMessage() : null)
            .build();
    if (!ours) {
      context.setException(new IOException("entries are proposed by the journal only"));
    }
    return context;
  }

  @Override
  public TransactionContext preAppendTransaction(TransactionContext context) {
    if (context.getStateMachineContext() instanceof Call call) {
      call.propose();
    }
    return context;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext context) {
    LogEntryProto entry = context.getLogEntry();
    var data = entry.getStateMachineLogEntry().getLogData();
    Applied applied;
    if (context.getStateMachineContext() instanceof Call call) {
      applied = replica.apply(entry.getTerm(), entry.getIndex(), call.command(), data.size());
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
      call.answer().complete(applied);
    } else {
      replica.apply(entry.getTerm(), entry.getIndex(), decode(entry), data.size());
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    }
    return CompletableFuture.completedFuture(Message.EMPTY);
  }

  private Command decode(LogEntryProto entry) {
    try {
      return Command.decode(entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
    } catch (IllegalArgumentException e) {
      fatal.die("%s cannot read entry %d".formatted(replica.name(), entry.getIndex()), e);
      throw e;
    }
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    replica.skip(term, index);
    super.notifyTermIndexUpdated(term, index);
  }

  @Override
  public void notifyConfigurationChanged(
      long term, long index, RaftConfigurationProto configuration) {
    List<ReplicaAddress> members =
        configuration.getPeersList().stream()
            .map(p ->
                ReplicaAddress.newBuilder()
                    .setId(p.getId().toStringUtf8())
                    .setAddress(p.getAddress())
                    .build())
            .toList();
    replica.replicas(members);
    syncDirectory();
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
    syncDirectory();
  }

  @Override
  public void notifyLeaderReady() {
    onLeading.run();
  }

  /** Before the log takes what it has written as flushed. */
  @Override
  public CompletableFuture<Void> flush(long index) {
    flushed = Math.max(flushed, index);
    directory.ifPresent(DirectorySync::syncNewNames);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    if (closing) {
      log.warn("{}: the consensus log failed while it was being closed", replica.name(), cause);
    } else {
      fatal.die(replica.name() + " cannot write its consensus log", cause);
    }
  }

  @Override
  public void close() {
    // Nothing is acknowledged from here on but what is being written now, and the log is closed
    // next.
    last = lastNow();
    ended = true;
    if (!closing) {
      log.warn("{}: Raft has ended this replica; it takes no part any more", replica.name());
    }
    replica.store().close();
  }

  /** The last entry that this replica has, and may have acknowledged; not before the true one. */
  EntryPosition last() {
    EntryPosition now = ended ? last : lastNow();
    return flushed <= now.index()
        ? now
        : new EntryPosition(Math.max(now.term(), division().getInfo().getCurrentTerm()), flushed);
  }

  private EntryPosition lastNow() {
    AppliedPosition durable = replica.durable();
    EntryPosition last =
        durable.getIndex() < 0
            ? EntryPosition.NONE
            : new EntryPosition(durable.getTerm(), durable.getIndex());
    TermIndex entry = division().getRaftLog().getLastEntryTermIndex();
    return entry == null ? last : last.max(new EntryPosition(entry.getTerm(), entry.getIndex()));
  }

  private RaftServer.Division division() {
    try {
      return getServer().join().getDivision(getGroupId());
    } catch (IOException e) {
      throw new UncheckedIOException(replica.name() + " is not known to its server", e);
    }
  }

  /** The checkpoint that is Ratis's snapshot; its files are the replica's own affair. */
  private record Checkpoint(TermIndex termIndex) implements SnapshotInfo {
    @Override
    public TermIndex getTermIndex() {
      return termIndex;
    }

    @Override
    public List<FileInfo> getFiles() {
      return List.of();
    }
  }
}
