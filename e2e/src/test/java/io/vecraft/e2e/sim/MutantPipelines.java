package io.vecraft.e2e.sim;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.server.AppendPipeline;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The way of an append: the product's, or one with a step left out or too early. */
final class MutantPipelines {
  private static final long BATCH_BYTES = 1 << 20;

  private MutantPipelines() {}

  static SimProcess.WritePath writePath(Mistake mistake, SimReplica log, SimProcess process) {
    return switch (mistake) {
      case RETRY_NOT_STORED -> append -> retryNotStored(append, log, process.writersClock());
      case OVERLAP -> append -> overlap(append, log, process, false);
      case OVERLAP_STORED -> append -> overlap(append, log, process, true);
      default -> {
        var pipeline =
            new AppendPipeline(log.partition().number(), log, process.writersClock(), BATCH_BYTES);
        yield append -> pipeline.add(List.of(append)).getFirst();
      }
    };
  }

  private static CompletableFuture<AppendResult> retryNotStored(
      Append append, SimReplica log, StampClock clock) {
    return clock
        .ask()
        .thenCompose(stamp -> log.append(new Proposal(stamp, List.of(append))))
        .thenCompose(decisions ->
            switch (decisions.getFirst()) {
              case Decision.Accepted a ->
                  clock
                      .store(a.record().getStamp())
                      .thenApply(stored -> done(a.record().getStamp()));
              case Decision.Duplicate d -> CompletableFuture.completedFuture(done(d.stamp()));
              case Decision.Rejected r -> failed(r);
            });
  }

  private static CompletableFuture<AppendResult> overlap(
      Append append, SimReplica log, SimProcess process, boolean storedAnyhow) {
    StampClock clock = process.writersClock();
    long guess =
        Math.max(
            Stamp.of(process.machine().millis(), 0, 0),
            Stamp.above(process.clockMember().value(), 0));
    CompletableFuture<Long> asked = clock.ask();
    CompletableFuture<List<Decision>> decided = log.append(new Proposal(guess, List.of(append)));
    return decided.thenCompose(decisions ->
        switch (decisions.getFirst()) {
          case Decision.Accepted a -> ahead(a.record().getStamp(), asked, clock, storedAnyhow);
          case Decision.Duplicate d -> ahead(d.stamp(), asked, clock, storedAnyhow);
          case Decision.Rejected r -> failed(r);
        });
  }

  private static CompletableFuture<AppendResult> ahead(
      long stamp, CompletableFuture<Long> asked, StampClock clock, boolean storedAnyhow) {
    return asked.thenCompose(now ->
        stamp >= now || storedAnyhow
            ? clock.store(stamp).thenApply(stored -> done(stamp))
            : CompletableFuture.failedFuture(
                new VecraftException(ErrorCode.OUTCOME_UNKNOWN, "the stamp was behind the clock")));
  }

  private static AppendResult done(long stamp) {
    return AppendResult.newBuilder().setStamp(stamp).build();
  }

  private static CompletableFuture<AppendResult> failed(Decision.Rejected reason) {
    return CompletableFuture.failedFuture(new VecraftException(reason.code(), reason.message()));
  }
}
