package io.vecraft.journal.server;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.WireErrors;
import io.vecraft.journal.time.ClockAnswer;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.proto.journal.AdvanceRequest;
import io.vecraft.proto.journal.AskRequest;
import io.vecraft.proto.journal.ClockReply;
import io.vecraft.proto.journal.ClockServiceGrpc;
import io.vecraft.proto.journal.InstallRequest;
import io.vecraft.proto.journal.SealRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link ClockMember} behind gRPC; for the internal port only: whoever may call {@code Advance}
 * can push the time of the whole cluster ahead.
 */
public final class GrpcClockService extends ClockServiceGrpc.ClockServiceImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcClockService.class);

  private final ClockMember member;

  public GrpcClockService(ClockMember member) {
    this.member = member;
  }

  @Override
  public void ask(AskRequest request, StreamObserver<ClockReply> observer) {
    answer(observer, () -> member.ask(request.getEpoch()));
  }

  @Override
  public void advance(AdvanceRequest request, StreamObserver<ClockReply> observer) {
    answer(observer, () -> member.advance(request.getEpoch(), request.getStamp()));
  }

  @Override
  public void seal(SealRequest request, StreamObserver<ClockReply> observer) {
    answer(observer, () -> member.seal(request.getEpoch()));
  }

  @Override
  public void install(InstallRequest request, StreamObserver<ClockReply> observer) {
    answer(observer, () -> install(request));
  }

  /**
   * A node that has lost what it knew has another name at the same address: installed in the epoch
   * in which it had answered before, it would answer below what it had adopted.
   */
  private CompletableFuture<ClockAnswer> install(InstallRequest request) {
    if (!request.getMember().isEmpty() && !request.getMember().equals(member.name())) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "the clock member here is %s, not %s".formatted(member.name(), request.getMember()));
    }
    return member.install(request.getEpoch(), request.getFloor());
  }

  private static void answer(
      StreamObserver<ClockReply> observer, Supplier<CompletableFuture<ClockAnswer>> call) {
    CompletableFuture<ClockAnswer> answer;
    try {
      answer = call.get();
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    answer.whenComplete((value, failure) -> {
      if (failure == null) {
        observer.onNext(reply(value));
        observer.onCompleted();
      } else {
        observer.onError(toGrpc(failure));
      }
    });
  }

  private static ClockReply reply(ClockAnswer answer) {
    return ClockReply.newBuilder()
        .setEpoch(answer.epoch())
        .setRefused(answer.refused())
        .setValue(answer.value())
        .setMachineMs(answer.machineMillis())
        .build();
  }

  private static RuntimeException toGrpc(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof VecraftException e) {
      return WireErrors.toGrpc(e);
    }
    LOG.error("a call of the clock failed", cause);
    return Status.INTERNAL.withDescription("the clock member failed").asRuntimeException();
  }
}
