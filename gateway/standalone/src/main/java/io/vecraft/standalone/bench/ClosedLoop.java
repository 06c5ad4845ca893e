package io.vecraft.standalone.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;

/**
 * A closed loop: each connection sends its next request when it has the answer of the last.
 * Latencies are those of single requests, on the caller's side.
 */
final class ClosedLoop {
  private ClosedLoop() {}

  /** One connection: sends the query with that number and waits for the answer. */
  interface Connection extends AutoCloseable {
    void ask(int query) throws Exception;

    @Override
    void close();
  }

  /**
   * What a run showed.
   *
   * @param requests answered
   * @param seconds wall clock
   * @param latencyUs microseconds a request
   */
  record Result(long requests, double seconds, Histogram latencyUs) {
    double perSecond() {
      return requests / seconds;
    }

    double percentileMs(double percentile) {
      return latencyUs.getValueAtPercentile(percentile) / 1000.0;
    }
  }

  /**
   * Runs that many connections for that long, each through the queries 0 to {@code queries - 1} in
   * turn.
   */
  static Result run(
      IntFunction<Connection> connect, int connections, int queries, Duration duration) {
    try (var threads = Executors.newFixedThreadPool(connections)) {
      List<Future<Histogram>> running = new ArrayList<>();
      long begin = System.nanoTime();
      long end = begin + duration.toNanos();
      for (int c = 0; c < connections; c++) {
        int number = c;
        running.add(threads.submit(() -> drive(connect, number, queries, end)));
      }
      Histogram all = new Histogram(3);
      for (Future<Histogram> f : running) {
        all.add(f.get());
      }
      return new Result(all.getTotalCount(), (System.nanoTime() - begin) / 1e9, all);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a connection of the measurement failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while measuring", e);
    }
  }

  private static Histogram drive(IntFunction<Connection> connect, int number, int queries, long end)
      throws Exception {
    Histogram latencyUs = new Histogram(3);
    try (Connection connection = connect.apply(number)) {
      int query = (int) ((number * 7919L) % queries);
      while (System.nanoTime() < end) {
        long sent = System.nanoTime();
        connection.ask(query);
        latencyUs.recordValue((System.nanoTime() - sent) / 1000);
        query = (query + 1) % queries;
      }
    }
    return latencyUs;
  }
}
