package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Upserts batches into a collection, several at the same time and never more than that. A batch is
 * done when every record of it is acknowledged; one whose records went to several partitions and
 * reached only some of them is sent again with the same request id.
 *
 * <p>{@link #send} and {@link #finish} are called by one thread.
 */
final class BatchWriter implements AutoCloseable {
  private static final int TRIES = 20;

  private final Api api;
  private final String path;
  private final int concurrency;
  private final Semaphore free;
  private final Consumer<Batch> done;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicReference<Optional<RuntimeException>> failure =
      new AtomicReference<>(Optional.empty());

  /** The body of one call: {@code records} of them, the last one being number {@code end - 1}. */
  record Batch(String requestId, byte[] body, int records, long end) {}

  /**
   * @param done is told of every acknowledged batch, by any thread, in any order
   */
  BatchWriter(Api api, String collection, int concurrency, Consumer<Batch> done) {
    this.api = api;
    this.path = CollectionCommand.path(collection) + "/vectors";
    this.concurrency = concurrency;
    this.free = new Semaphore(concurrency);
    this.done = done;
  }

  /**
   * Hands a batch over; waits while as many as allowed are on their way.
   *
   * @throws RuntimeException the reason why an earlier batch failed for good
   */
  void send(Batch batch) {
    throwFailure();
    free.acquireUninterruptibly();
    threads.execute(() -> {
      try {
        deliver(batch);
        done.accept(batch);
      } catch (RuntimeException e) {
        failure.updateAndGet(first -> first.or(() -> Optional.of(e)));
      } finally {
        free.release();
      }
    });
  }

  /** Waits until everything handed over is acknowledged. */
  void finish() {
    free.acquireUninterruptibly(concurrency);
    free.release(concurrency);
    throwFailure();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private void throwFailure() {
    failure
        .get()
        .ifPresent(e -> {
          throw e;
        });
  }

  private void deliver(Batch batch) {
    Api.Call call = Api.Call.of("POST", path).bytes(batch.body()).requestId(batch.requestId());
    for (int attempt = 1; ; attempt++) {
      String undecided = undecided(api.send(call).body());
      if (undecided.isEmpty()) {
        return;
      }
      if (attempt == TRIES) {
        throw new ApiException(
            503, undecided, "a part of a batch stays undecided", "", batch.requestId());
      }
      pause(Duration.ofMillis(100L * Math.min(attempt, 10)));
    }
  }

  /** The outcome of a record that is not known to be written; empty when all are. */
  private static String undecided(JsonNode answer) {
    for (JsonNode result : answer.path("results")) {
      String outcome = result.path("outcome").asText();
      if (outcome.equals("unavailable") || outcome.equals("outcome_unknown")) {
        return outcome;
      }
    }
    return "";
  }

  private static void pause(Duration wait) {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiException(0, "interrupted", "interrupted", "", "");
    }
  }
}
