package io.vecraft.e2e.sim;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.Position;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The partitions, and calls to whoever leads them. */
final class SimJournal {
  /** How long an answer is waited for. */
  static final long TIMEOUT_TICKS = 500;

  private static final int BARRIER_ATTEMPTS = 6;

  private final SimWorld world;
  private final List<SimPartition> partitions;

  SimJournal(SimWorld world, Partitions partitions, List<SimMachine> machines) {
    this.world = world;
    this.partitions =
        partitions.all().stream()
            .map(number -> new SimPartition(number, partitions, machines, world.loop()))
            .toList();
  }

  List<SimPartition> partitions() {
    return partitions;
  }

  SimPartition partition(int number) {
    return partitions.get(number - 1);
  }

  /** One attempt to append; the future fails like the call. */
  CompletableFuture<AppendResult> append(SimNetwork.Endpoint from, int partition, Append append) {
    return atLeader(from, partition, process -> process.append(partition, append));
  }

  /** Closes a partition, trying again when its leader has gone. */
  CompletableFuture<Position> close(SimNetwork.Endpoint from, int partition, long stamp) {
    return close(from, partition, stamp, 1);
  }

  private CompletableFuture<Position> close(
      SimNetwork.Endpoint from, int partition, long stamp, int attempt) {
    return atLeader(from, partition, process -> process.barrier(partition, stamp))
        .exceptionallyCompose(error ->
            attempt == BARRIER_ATTEMPTS
                    || SimNetwork.cause(error) instanceof VecraftException e
                        && e.code() == ErrorCode.STAMP_IN_FUTURE
                ? CompletableFuture.failedFuture(SimNetwork.cause(error))
                : pause().thenCompose(done -> close(from, partition, stamp, attempt + 1)));
  }

  /** Completes a little later. */
  CompletableFuture<Void> pause() {
    var done = new CompletableFuture<Void>();
    world.loop().after(world.loop().between(10, 80), () -> done.complete(null));
    return done;
  }

  private <T> CompletableFuture<T> atLeader(
      SimNetwork.Endpoint from, int partition, Function<SimProcess, CompletableFuture<T>> work) {
    return partition(partition)
        .leader()
        .flatMap(SimMachine::process)
        .map(process ->
            world.network().call(from, process, TIMEOUT_TICKS, () -> work.apply(process)))
        .orElseGet(() ->
            CompletableFuture.failedFuture(
                new VecraftException(ErrorCode.UNAVAILABLE, "nobody leads " + partition)));
  }
}
