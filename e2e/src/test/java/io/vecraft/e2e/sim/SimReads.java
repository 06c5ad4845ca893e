package io.vecraft.e2e.sim;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.Position;
import io.vecraft.storage.read.RecordView;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Reads of all records at one instant, as a query processor on some machine does them. */
final class SimReads {
  private static final int RAISES_MAX = 5;

  private final SimWorld world;

  SimReads(SimWorld world) {
    this.world = world;
  }

  /** What a read saw, and as of which stamp. */
  record Seen(long asOf, Map<String, Optional<RecordView>> records) {}

  /**
   * S from the clock, adopted by a majority, every partition closed at it; then the replicas'
   * answers at S.
   */
  CompletableFuture<Seen> strong(SimProcess process) {
    return barrier(process).thenCompose(this::at);
  }

  /** At or above a session's token; the newest that the chosen replicas have. */
  CompletableFuture<Seen> session(SimProcess process, long token) {
    Map<String, SimStorage> chosen = choose();
    if (frontier(chosen) >= token) {
      return CompletableFuture.completedFuture(read(chosen, frontier(chosen)));
    }
    return barrier(process)
        .thenCompose(s -> {
          if (token > s) {
            return CompletableFuture.failedFuture(
                new VecraftException(ErrorCode.STAMP_IN_FUTURE, "the token is above the clock"));
          }
          Map<String, SimStorage> again = choose();
          return await(again, token)
              .thenCompose(reached ->
                  // One that was there in time may have crashed while another was waited for.
                  frontier(again) >= token
                      ? CompletableFuture.completedFuture(read(again, frontier(again)))
                      : CompletableFuture.failedFuture(
                          new VecraftException(ErrorCode.UNAVAILABLE, "a storage node crashed")));
        });
  }

  /** Whatever the chosen replicas have. */
  Seen eventual() {
    Map<String, SimStorage> chosen = choose();
    return read(chosen, frontier(chosen));
  }

  /** At a stamp that was read at before. */
  CompletableFuture<Seen> at(long stamp) {
    Map<String, SimStorage> chosen = choose();
    return await(chosen, stamp).thenApply(reached -> read(chosen, stamp));
  }

  private CompletableFuture<Long> barrier(SimProcess process) {
    return process
        .readersClock()
        .agreed()
        .thenCompose(s -> close(process, s).thenCompose(closed -> raised(process, s, closed, 1)));
  }

  /** {@link Mistake#PLAIN_HLC} raises S to what a partition has reached, and repeats. */
  private CompletableFuture<Long> raised(SimProcess process, long s, long closed, int round) {
    if (world.mistake() != Mistake.PLAIN_HLC || closed <= s || round == RAISES_MAX) {
      return CompletableFuture.completedFuture(s);
    }
    return close(process, closed).thenCompose(again -> raised(process, closed, again, round + 1));
  }

  /** Closes all partitions at a stamp; the largest closed stamp. */
  CompletableFuture<Long> close(SimProcess process, long stamp) {
    CompletableFuture<Long> all = CompletableFuture.completedFuture(0L);
    for (SimPartition partition : world.journal().partitions()) {
      CompletableFuture<Position> one = world.journal().close(process, partition.number(), stamp);
      all = all.thenCombine(one, (highest, position) -> Math.max(highest, position.closed()));
    }
    return all;
  }

  private Map<String, SimStorage> choose() {
    var chosen = new TreeMap<String, SimStorage>();
    SimCollection.KEYS.forEach(key -> chosen.put(key, world.anyStorage()));
    return chosen;
  }

  private static long frontier(Map<String, SimStorage> chosen) {
    return chosen.entrySet().stream()
        .mapToLong(e -> e.getValue().frontier(SimCollection.shard(e.getKey())))
        .min()
        .orElseThrow();
  }

  private static CompletableFuture<Void> await(Map<String, SimStorage> chosen, long stamp) {
    return CompletableFuture.allOf(
        chosen.entrySet().stream()
            .map(e -> e.getValue().await(SimCollection.shard(e.getKey()), stamp))
            .toArray(CompletableFuture[]::new));
  }

  private static Seen read(Map<String, SimStorage> chosen, long stamp) {
    var records = new TreeMap<String, Optional<RecordView>>();
    chosen.forEach((key, storage) -> records.put(key, storage.read(key, stamp)));
    return new Seen(stamp, records);
  }
}
