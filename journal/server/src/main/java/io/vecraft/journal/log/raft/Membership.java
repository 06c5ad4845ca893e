package io.vecraft.journal.log.raft;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * Who replicates a partition, and who leads it. Changes are asked of the leader, one at a time: a
 * new member first catches up, then counts. Safe for concurrent use.
 */
final class Membership {
  private final RaftServer.Division division;
  private final Duration transferTimeout;
  private final ClientId client = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();

  Membership(RaftServer.Division division, Duration transferTimeout) {
    this.division = division;
    this.transferTimeout = transferTimeout;
  }

  List<RaftMember> members() {
    return division.getRaftConf().getAllPeers().stream().map(Membership::member).toList();
  }

  /** The ids of the members where they have committed that it is they; else empty. */
  Optional<Set<String>> agreed() {
    RaftConfiguration now = division.getRaftConf();
    boolean agreed =
        now.getPreviousPeers().isEmpty()
            && now.getLogEntryIndex() <= division.getRaftLog().getLastCommittedIndex();
    return agreed
        ? Optional.of(
            now.getAllPeers().stream()
                .map(peer -> peer.getId().toString())
                .collect(Collectors.toUnmodifiableSet()))
        : Optional.empty();
  }

  private static RaftMember member(RaftPeer peer) {
    return RaftMember.of(peer.getId().toString(), peer.getAddress());
  }

  /**
   * Lets another lead.
   *
   * @param to name of the node; empty: whoever has answered last, or else another
   */
  CompletableFuture<Void> transfer(Optional<String> to) {
    Queue<RaftPeerId> candidates = new ArrayDeque<>();
    for (ServerRpcProto follower : followers()) {
      RaftPeerId id = RaftPeerId.valueOf(follower.getId().getId());
      if (to.isEmpty() || to.get().equals(RaftMember.nameOf(id.toString()))) {
        candidates.add(id);
      }
    }
    if (candidates.isEmpty()) {
      return CompletableFuture.failedFuture(
          new VecraftException(
              ErrorCode.INVALID_ARGUMENT, to.orElse("nobody") + " follows here", "to"));
    }
    return transferToOneOf(candidates);
  }

  private List<ServerRpcProto> followers() {
    return division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList().stream()
        .sorted(Comparator.comparingLong(ServerRpcProto::getLastRpcElapsedTimeMs))
        .toList();
  }

  private CompletableFuture<Void> transferToOneOf(Queue<RaftPeerId> candidates) {
    var request =
        new TransferLeadershipRequest(
            client,
            division.getId(),
            division.getMemberId().getGroupId(),
            calls.incrementAndGet(),
            candidates.remove(),
            transferTimeout.toMillis());
    return ask(() -> division.getRaftServer().transferLeadershipAsync(request))
        .exceptionallyCompose(error ->
            candidates.isEmpty() || !division.getInfo().isLeader()
                ? CompletableFuture.failedFuture(error)
                : transferToOneOf(candidates));
  }

  /** Ids of the members to which nothing is sent from here, where this replica leads. */
  Set<String> unattended() {
    Set<String> members = new TreeSet<>();
    division.getRaftConf().getAllPeers().forEach(peer -> members.add(peer.getId().toString()));
    members.remove(division.getId().toString());
    followers().forEach(f -> members.remove(f.getId().getId().toStringUtf8()));
    return members;
  }

  /** Changes the members; fails with {@code conflict} if another change is under way. */
  CompletableFuture<Void> change(UnaryOperator<List<RaftMember>> how) {
    List<RaftPeer> now = List.copyOf(division.getRaftConf().getAllPeers());
    List<RaftMember> wanted;
    try {
      wanted = how.apply(now.stream().map(Membership::member).toList());
    } catch (VecraftException e) {
      return CompletableFuture.failedFuture(e);
    }
    var arguments =
        SetConfigurationRequest.Arguments.newBuilder()
            .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
            .setServersInCurrentConf(now)
            .setServersInNewConf(new ArrayList<>(wanted.stream().map(RaftNode::peer).toList()))
            .build();
    var request =
        new SetConfigurationRequest(
            client,
            division.getId(),
            division.getMemberId().getGroupId(),
            calls.incrementAndGet(),
            arguments);
    return ask(() -> division.getRaftServer().setConfigurationAsync(request));
  }

  @FunctionalInterface
  private interface Asking {
    CompletableFuture<RaftClientReply> run() throws IOException;
  }

  private static CompletableFuture<Void> ask(Asking asking) {
    CompletableFuture<RaftClientReply> reply;
    try {
      reply = asking.run();
    } catch (IOException | RuntimeException e) {
      reply = CompletableFuture.failedFuture(e);
    }
    return reply.handle((r, error) -> {
      Optional<VecraftException> failure =
          error != null
              ? Optional.of(failure(error))
              : r.isSuccess() ? Optional.empty() : Optional.of(failure(r.getException()));
      if (failure.isPresent()) {
        throw failure.get();
      }
      return done();
    });
  }

  /** What a future of nothing holds. */
  @SuppressWarnings("NullAway")
  private static @Nullable Void done() {
    return null;
  }

  private static VecraftException failure(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    ErrorCode code =
        switch (cause) {
          case NotLeaderException e -> ErrorCode.NOT_LEADER;
          case LeaderNotReadyException e -> ErrorCode.UNAVAILABLE;
          case ReconfigurationInProgressException e -> ErrorCode.CONFLICT;
          case SetConfigurationException e -> ErrorCode.CONFLICT;
          default -> ErrorCode.UNAVAILABLE;
        };
    String message =
        cause instanceof NotLeaderException e && e.getSuggestedLeader() != null
            ? RaftMember.nameOf(e.getSuggestedLeader().getId().toString())
            : code == ErrorCode.NOT_LEADER ? "" : String.valueOf(cause.getMessage());
    return new VecraftException(code, message);
  }
}
