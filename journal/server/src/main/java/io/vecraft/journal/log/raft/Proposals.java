package io.vecraft.journal.log.raft;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.raft.Replica.Applied;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * Puts entries into the consensus log of a replica of this process, bounded in number and bytes.
 *
 * <p>An entry that Ratis refuses before it was about to be appended is certainly not in the log.
 * One that was, and whose answer is that this replica does not lead any more, may be decided by the
 * next leader: {@code outcome_unknown}. Safe for concurrent use.
 */
final class Proposals {
  private final RaftServer.Division division;
  private final RaftClientAsynchronousProtocol entrance;
  private final ClientId client = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();
  private final RaftConfig config;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by the lock.
  private final ArrayDeque<Call> pending = new ArrayDeque<>();
  private long pendingBytes;
  private long progressAt;

  Proposals(RaftServer.Division division, RaftConfig config) {
    if (!(division instanceof RaftClientAsynchronousProtocol local)) {
      throw new IllegalStateException("this version of Ratis takes no calls without a network");
    }
    this.division = division;
    this.entrance = local;
    this.config = config;
  }

  /** Proposes an entry, in the order of the calls. */
  CompletableFuture<Applied> propose(Command command) {
    var call = new Call(command);
    int bytes = call.getContent().size();
    if (bytes > config.entryBytes()) {
      return CompletableFuture.failedFuture(
          new VecraftException(
              ErrorCode.LIMIT_EXCEEDED,
              "an entry of %d bytes, the limit is %d".formatted(bytes, config.entryBytes())));
    }
    Optional<VecraftException> refused = enter(call, bytes);
    if (refused.isPresent()) {
      return CompletableFuture.failedFuture(refused.get());
    }
    CompletableFuture<Applied> answer = call.answer();
    answer.whenComplete((done, error) -> leave(bytes));
    try {
      entrance
          .submitClientRequestAsync(request(call))
          .whenComplete((reply, error) -> replied(call, reply, error));
    } catch (IOException | RuntimeException e) {
      answer.completeExceptionally(failure(e, call));
    }
    return answer;
  }

  private Optional<VecraftException> enter(Call call, int bytes) {
    lock.lock();
    try {
      if (pending.size() >= config.pendingEntries()
          || pendingBytes + bytes > config.pendingBytes()) {
        return Optional.of(
            new VecraftException(
                ErrorCode.BACK_PRESSURE,
                "%d entries of %d bytes are undecided, the limit is %d or %d bytes"
                    .formatted(
                        pending.size(),
                        pendingBytes,
                        config.pendingEntries(),
                        config.pendingBytes())));
      }
      long silentNanos = pending.isEmpty() ? 0 : System.nanoTime() - progressAt;
      if (silentNanos > config.electionTimeoutMax().toNanos()) {
        return Optional.of(
            new VecraftException(
                ErrorCode.UNAVAILABLE,
                "no majority has answered %s for %d ms"
                    .formatted(division.getId(), silentNanos / 1_000_000)));
      }
      if (pending.isEmpty()) {
        progressAt = System.nanoTime();
      }
      pending.add(call);
      pendingBytes += bytes;
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private void leave(int bytes) {
    lock.lock();
    try {
      pendingBytes -= bytes;
      progressAt = System.nanoTime();
      while (!pending.isEmpty() && pending.element().answer().isDone()) {
        pending.remove();
      }
    } finally {
      lock.unlock();
    }
  }

  private RaftClientRequest request(Call call) {
    return RaftClientRequest.newBuilder()
        .setClientId(client)
        .setServerId(division.getId())
        .setGroupId(division.getMemberId().getGroupId())
        .setCallId(calls.incrementAndGet())
        .setMessage(call)
        .setType(RaftClientRequest.writeRequestType())
        .build();
  }

  private void replied(Call call, @Nullable RaftClientReply reply, @Nullable Throwable error) {
    if (error != null) {
      call.answer().completeExceptionally(failure(error, call));
    } else if (reply != null && !reply.isSuccess()) {
      call.answer().completeExceptionally(failure(reply.getException(), call));
    } else if (!call.answer().isDone()) {
      // It was applied without us having been told of what was decided.
      call.propose();
      call.answer().completeExceptionally(failure(new IOException("no decision"), call));
    }
  }

  private VecraftException failure(Throwable error, Call call) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    if (call.proposed()) {
      return new VecraftException(
          ErrorCode.OUTCOME_UNKNOWN,
          division.getId() + " does not lead any more; the entry may be decided: " + reason(cause));
    }
    return switch (cause) {
      case NotLeaderException e -> notLeader(e);
      case LeaderSteppingDownException e -> new VecraftException(ErrorCode.NOT_LEADER, "");
      case LeaderNotReadyException e ->
          new VecraftException(ErrorCode.UNAVAILABLE, division.getId() + " begins to lead");
      case ResourceUnavailableException e ->
          new VecraftException(ErrorCode.BACK_PRESSURE, "too many entries are undecided");
      default ->
          new VecraftException(
              ErrorCode.UNAVAILABLE, division.getId() + " takes no entry: " + reason(cause));
    };
  }

  private static VecraftException notLeader(NotLeaderException e) {
    return new VecraftException(
        ErrorCode.NOT_LEADER,
        Optional.ofNullable(e.getSuggestedLeader())
            .map(peer -> RaftMember.nameOf(peer.getId().toString()))
            .orElse(""));
  }

  private static String reason(Throwable cause) {
    return cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }
}
