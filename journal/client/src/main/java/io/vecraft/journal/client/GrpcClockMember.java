package io.vecraft.journal.client;

import io.grpc.Channel;
import io.vecraft.error.ErrorCode;
import io.vecraft.journal.time.ClockAnswer;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.proto.journal.AdvanceRequest;
import io.vecraft.proto.journal.AskRequest;
import io.vecraft.proto.journal.ClockReply;
import io.vecraft.proto.journal.ClockServiceGrpc;
import io.vecraft.proto.journal.InstallRequest;
import io.vecraft.proto.journal.SealRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A member of the clock group in another process. A call that is not answered within its time
 * fails; it may have had its effect all the same. Safe for concurrent use.
 */
public final class GrpcClockMember implements ClockMember {
  private final String name;
  private final Channel channel;
  private final Duration timeout;

  /**
   * A member behind a channel.
   *
   * @param name as the group names it
   * @param timeout of one call: a round waits no longer for a member that does not answer
   */
  public GrpcClockMember(String name, Channel channel, Duration timeout) {
    this.name = name;
    this.channel = OwnCalls.over(channel);
    this.timeout = timeout;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public CompletableFuture<ClockAnswer> ask(long epoch) {
    var request = AskRequest.newBuilder().setEpoch(epoch).build();
    return Calls.future(stub().ask(request), ErrorCode.UNAVAILABLE)
        .thenApply(GrpcClockMember::answer);
  }

  @Override
  public CompletableFuture<ClockAnswer> advance(long epoch, long stamp) {
    var request = AdvanceRequest.newBuilder().setEpoch(epoch).setStamp(stamp).build();
    return Calls.future(stub().advance(request), ErrorCode.UNAVAILABLE)
        .thenApply(GrpcClockMember::answer);
  }

  @Override
  public CompletableFuture<ClockAnswer> seal(long epoch) {
    var request = SealRequest.newBuilder().setEpoch(epoch).build();
    return Calls.future(stub().seal(request), ErrorCode.UNAVAILABLE)
        .thenApply(GrpcClockMember::answer);
  }

  @Override
  public CompletableFuture<ClockAnswer> install(long epoch, long floor) {
    var request =
        InstallRequest.newBuilder().setEpoch(epoch).setFloor(floor).setMember(name).build();
    return Calls.future(stub().install(request), ErrorCode.UNAVAILABLE)
        .thenApply(GrpcClockMember::answer);
  }

  private ClockServiceGrpc.ClockServiceFutureStub stub() {
    return ClockServiceGrpc.newFutureStub(channel)
        .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static ClockAnswer answer(ClockReply reply) {
    return new ClockAnswer(
        reply.getEpoch(), reply.getRefused(), reply.getValue(), reply.getMachineMs());
  }
}
