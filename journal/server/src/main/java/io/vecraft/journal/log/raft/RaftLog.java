package io.vecraft.journal.log.raft;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.log.PartitionLog;
import io.vecraft.journal.log.Position;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.log.raft.Replica.Applied;
import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.proto.journal.RememberedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;

/**
 * A partition whose log is replicated by Raft; this is the replica of one node.
 *
 * <p>Entries go straight into the Raft server of this process. A replica that does not lead refuses
 * them at once with the leader's name. Reads never go through Raft: what is committed is read from
 * the replica's own segments, and what must be up to date asks for a barrier, which is an entry.
 *
 * <p>Safe for concurrent use.
 */
public final class RaftLog implements PartitionLog {
  private final RaftServer.Division division;
  private final Replica replica;
  private final ReplicaMachine machine;
  private final Proposals proposals;
  private final BarrierQueue barriers;
  private final Membership membership;
  private volatile boolean closed;

  RaftLog(
      RaftServer.Division division, Replica replica, ReplicaMachine machine, RaftConfig config) {
    this.division = division;
    this.replica = replica;
    this.machine = machine;
    this.proposals = new Proposals(division, config);
    this.barriers = new BarrierQueue(this::propose);
    this.membership = new Membership(division, config.electionTimeoutMax());
  }

  @Override
  public CompletableFuture<List<Decision>> append(Proposal batch) {
    return propose(new Command.Batch(batch)).thenApply(Applied::decisions);
  }

  @Override
  public CompletableFuture<Position> barrier(long closeAtLeast) {
    return barriers.add(closeAtLeast);
  }

  private CompletableFuture<Applied> propose(Command command) {
    return refusal()
        .map(CompletableFuture::<Applied>failedFuture)
        .orElseGet(() -> proposals.propose(command));
  }

  @Override
  public Optional<VecraftException> refusal() {
    if (closed || machine.ended()) {
      return Optional.of(
          new VecraftException(ErrorCode.UNAVAILABLE, replica.name() + " is closed"));
    }
    return division.getInfo().isLeader()
        ? Optional.empty()
        : Optional.of(
            new VecraftException(
                ErrorCode.NOT_LEADER,
                leaderHint().filter(hint -> !hint.equals(self())).orElse("")));
  }

  private String self() {
    return RaftMember.nameOf(division.getId().toString());
  }

  @Override
  public boolean isReused(String requestId, String principal, ByteString digest) {
    return replica.isReused(requestId, principal, digest);
  }

  @Override
  public CommittedLog committed() {
    return replica.committed();
  }

  @Override
  public List<String> replicas() {
    return division.getRaftConf().getAllPeers().stream()
        .map(peer -> RaftMember.nameOf(peer.getId().toString()))
        .sorted()
        .toList();
  }

  @Override
  public Optional<String> leaderHint() {
    return closed
        ? Optional.empty()
        : Optional.ofNullable(division.getInfo().getLeaderId())
            .map(RaftPeerId::toString)
            .map(RaftMember::nameOf);
  }

  /** Whether this replica believes to lead; another may, with a newer term. */
  public boolean leads() {
    return !closed && division.getInfo().isLeaderReady();
  }

  /**
   * Whether this replica has applied all that its leader has last told to be committed, or leads.
   */
  public boolean isCaughtUp() {
    if (closed || machine.ended()) {
      return false;
    }
    if (division.getInfo().isLeader()) {
      return division.getInfo().isLeaderReady();
    }
    RaftPeerId leader = division.getInfo().getLeaderId();
    long applied = division.getInfo().getLastAppliedIndex();
    return leader != null
        && division.getCommitInfos().stream()
            .filter(info -> leader.toByteString().equals(info.getServer().getId()))
            .anyMatch(info -> applied >= info.getCommitIndex());
  }

  /** The replicas, as far as this one knows. */
  public List<RaftMember> members() {
    return membership.members();
  }

  /**
   * Ids of the members, where this replica leads and they have committed that it is they: whoever
   * is none of them does not count any more. Else empty.
   */
  public Optional<Set<String>> agreed() {
    return leads() ? membership.agreed() : Optional.empty();
  }

  /**
   * Lets another replica lead; only where this one does. Entries that come meanwhile are refused
   * with {@code not_leader}.
   *
   * @param to name of the other node; empty: any
   */
  public CompletableFuture<Void> transferLeadership(Optional<String> to) {
    return refusal()
        .map(CompletableFuture::<Void>failedFuture)
        .orElseGet(() -> membership.transfer(to));
  }

  /**
   * Adds a replica, which must run without members of its own; completes once it has caught up and
   * counts. Only at the leader. Fails with {@code conflict} while another change is under way, with
   * {@code unavailable} if the new one does not answer.
   */
  public CompletableFuture<Void> addMember(RaftMember member) {
    return change(now -> {
      if (now.stream().anyMatch(m -> m.id().equals(member.id()))) {
        return now;
      }
      var with = new ArrayList<RaftMember>(now);
      with.add(member);
      return with;
    });
  }

  /** Removes a replica, which must not be the leader; it stops by itself. Only at the leader. */
  public CompletableFuture<Void> removeMember(String id) {
    return change(now -> without(now, id));
  }

  /**
   * Puts a replica in the place of another, which need not answer any more, in one step. As {@link
   * #addMember}. {@code conflict} when the place is not there any more: somebody else has got it.
   *
   * @param id of the one that goes; empty: nobody goes
   */
  public CompletableFuture<Void> replaceMember(String id, RaftMember by) {
    return change(now -> {
      boolean there = now.stream().anyMatch(m -> m.id().equals(id) || m.id().equals(by.id()));
      if (!id.isEmpty() && !there) {
        throw new VecraftException(
            ErrorCode.CONFLICT, id + " has no place here that " + by.id() + " could get");
      }
      var with = new ArrayList<RaftMember>(without(now, id));
      if (with.stream().noneMatch(m -> m.id().equals(by.id()))) {
        with.add(by);
      }
      return with;
    });
  }

  private List<RaftMember> without(List<RaftMember> now, String id) {
    if (id.equals(division.getId().toString())) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, id + " leads; let another lead before it is removed", "id");
    }
    return now.stream().filter(m -> !m.id().equals(id)).toList();
  }

  private CompletableFuture<Void> change(UnaryOperator<List<RaftMember>> how) {
    return refusal()
        .map(CompletableFuture::<Void>failedFuture)
        .orElseGet(() -> membership.change(how));
  }

  /**
   * Ids of the members to which this replica sends nothing though it leads; see {@link
   * FollowerWatch}.
   */
  Set<String> unattended() {
    return leads() ? membership.unattended() : Set.of();
  }

  /** Whether Raft has ended this replica: others have its place. */
  public boolean hasEnded() {
    return machine.ended();
  }

  /** The Raft group that it is a replica of. */
  RaftGroupId group() {
    return division.getMemberId().getGroupId();
  }

  /** The last entry that this replica has, and may have acknowledged. */
  public EntryPosition last() {
    return machine.last();
  }

  /** The newest term that this replica has heard of. */
  public long term() {
    return division.getInfo().getCurrentTerm();
  }

  @Override
  public SegmentStore store() {
    return replica.store();
  }

  @Override
  public int featureLevel() {
    return replica.featureLevel();
  }

  @Override
  public long lastStamp() {
    return replica.lastStamp();
  }

  @Override
  public int rememberedRequests() {
    return replica.rememberedRequests();
  }

  @Override
  public List<RememberedRequest> unknown(List<RememberedRequest> requests) {
    return replica.unknown(requests);
  }

  @Override
  public String toString() {
    return replica.name();
  }

  /** Ends the replica after a checkpoint; idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      machine.closing();
      division.close();
    }
  }
}
