package io.vecraft.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.e2e.history.AgreeingReplicas;
import io.vecraft.e2e.history.Attempt;
import io.vecraft.e2e.history.HistoryWorkload;
import io.vecraft.e2e.history.Op;
import io.vecraft.e2e.history.SerialSearch;
import io.vecraft.e2e.history.StampRules;
import io.vecraft.e2e.history.Verdict;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;

/**
 * Clients outside of the Kubernetes cluster that write and read at all levels through the Service
 * of the gateways, over REST and gRPC, from the start to {@link #end}. What they are told is held
 * to the promises at the end.
 */
final class ClusterLoad {
  private static final int PACE_MS = 500;
  private static final int SHARDS = 3;

  /** Of one attempt. */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** What is not answered for so long, however often it is sent, was not answered. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** So many answers in a row show that the clients go on. */
  private static final int GOES_ON = 60;

  private final HistoryWorkload workload;
  private final URI server;
  private final Optional<String> key;
  private final FutureTask<Void> running;

  private ClusterLoad(HistoryWorkload workload, URI server, Optional<String> key) {
    this.workload = workload;
    this.server = server;
    this.key = key;
    running =
        new FutureTask<>(() -> {
          workload.run();
          return null;
        });
  }

  /** Makes the collections, and starts. */
  static ClusterLoad start(List<URI> servers, String key) throws IOException {
    long seed = Long.getLong("vecraft.faults.seed", System.nanoTime());
    System.out.printf("Clients of the cluster: -Dvecraft.faults.seed=%d%n", seed);
    var workload =
        HistoryWorkload.endless(
            seed,
            servers,
            Optional.of(key),
            new HistoryWorkload.Manner("", PACE_MS, DEADLINE, PATIENCE));
    workload.prepare(SHARDS);
    var load = new ClusterLoad(workload, servers.getFirst(), Optional.of(key));
    Thread.ofPlatform().name("load").start(load.running);
    return load;
  }

  /** What the clients write to. */
  static List<String> collections() {
    return HistoryWorkload.collections();
  }

  /** A client of one's own. */
  Rest rest() {
    return new Rest(server, key);
  }

  /** Something that happens meanwhile. */
  interface Happening {
    void happen() throws Exception;
  }

  /**
   * Lets something happen, and says what the clients have noticed of it. They must go on after it,
   * and none may have given up.
   */
  void during(String what, Happening happening) throws Exception {
    int answered = workload.answered();
    int failed = workload.failed().size();
    long began = System.nanoTime();
    happening.happen();
    long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
    awaitAnswers();
    List<Attempt> attempts = workload.failed().subList(failed, workload.failed().size());
    System.out.printf(
        "%s: %d s, %d requests answered, %d attempts failed%n",
        what, seconds, workload.answered() - answered, attempts.size());
    reasons(attempts).forEach((why, count) -> System.out.printf("  %4d %s%n", count, why));
    assertThat(attempts).filteredOn(Attempt::last).as("given up during: " + what).isEmpty();
  }

  /** Waits until the clients have been told some more. */
  void awaitAnswers() {
    int now = workload.answered();
    OneNode.await("the clients go on", () -> workload.answered() >= now + GOES_ON);
  }

  private static Map<String, Long> reasons(List<Attempt> attempts) {
    return attempts.stream()
        .collect(
            Collectors.groupingBy(
                a -> a.what() + ": " + a.why(), TreeMap::new, Collectors.counting()));
  }

  /** Ends the clients; what they were told must be what was promised, and replicas agree. */
  void end(int replicas) throws Exception {
    workload.end();
    running.get();
    List<Op> history = workload.history();
    System.out.printf(
        "Recorded %d operations, %d attempts failed%n", history.size(), workload.failed().size());
    assertThat(StampRules.check(history)).isInstanceOf(Verdict.Fine.class);
    assertThat(SerialSearch.check(history)).isInstanceOf(Verdict.Fine.class);
    try (var rest = rest()) {
      for (String collection : HistoryWorkload.collections()) {
        AgreeingReplicas.check(rest, collection, replicas);
      }
    }
  }
}
