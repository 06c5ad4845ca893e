package io.vecraft.journal.client;

import io.opentelemetry.context.Context;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.FindRememberedRequest;
import io.vecraft.proto.journal.FindRememberedResponse;
import io.vecraft.proto.journal.FindReuseRequest;
import io.vecraft.proto.journal.FindReuseResponse;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TraceResponse;
import io.vecraft.proto.journal.TracedRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A journal of several nodes as one: every call goes to the node that leads its partition, and
 * follows it when leadership moves.
 *
 * <p>What a call means never depends on who is believed to lead: appends and barriers are answered
 * by the leader alone, which the node itself checks; a pull of a node that is behind misses records
 * that are asked for again. Tries are bounded by the {@link RetryPolicy}.
 *
 * <p>Safe for concurrent use.
 */
public final class RoutedJournal implements JournalApi, AutoCloseable {
  private static final int TRACE_LIMIT_DEFAULT = 100;

  private final JournalNodes nodes;
  private final Supplier<Partitions> partitions;
  private final RetryPolicy policy;
  private final Leaders leaders = new Leaders();
  private final ExecutorService threads =
      Context.taskWrapping(Executors.newVirtualThreadPerTaskExecutor());

  /**
   * A journal behind its nodes.
   *
   * @param partitions those of the cluster now
   */
  public RoutedJournal(JournalNodes nodes, Supplier<Partitions> partitions, RetryPolicy policy) {
    this.nodes = nodes;
    this.partitions = partitions;
    this.policy = policy;
  }

  @Override
  public CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request) {
    return RoutedAppend.start(nodes, leaders, policy, request);
  }

  @Override
  public CompletableFuture<GetOffsetResponse> getOffset(GetOffsetRequest request) {
    return RoutedCall.start(
        nodes, leaders, policy, request.getPartition(), node -> node.getOffset(request));
  }

  @Override
  public PullResponse pull(PullRequest request) {
    return anywhere(
        request.getPartition(),
        (name, node) -> {
          PullResponse response = node.pull(request);
          leaders.hear(request.getPartition(), name, response.getLeader());
          return response;
        });
  }

  @Override
  public FindRememberedResponse findRemembered(FindRememberedRequest request) {
    return anywhere(request.getPartition(), (name, node) -> node.findRemembered(request));
  }

  /** A question that any node may answer that has the partition; the leader is asked first. */
  private <T> T anywhere(int partition, BiFunction<String, JournalApi, T> question) {
    long until = System.nanoTime() + policy.patience().toNanos();
    VecraftException last =
        new VecraftException(ErrorCode.UNAVAILABLE, "no node of the journal is known");
    for (int round = 1; ; round++) {
      Map<String, JournalApi> now = nodes.of(partition);
      for (String node : leaders.order(partition, new ArrayList<>(now.keySet()))) {
        try {
          return question.apply(node, Objects.requireNonNull(now.get(node)));
        } catch (VecraftException e) {
          // A replica that is behind, or damaged; another one has what is committed.
          boolean other = RetryPolicy.elsewhere(e.code()) || e.code() == ErrorCode.DATA_DAMAGED;
          if (!other) {
            throw e;
          }
          leaders.forget(partition, node);
          last = e;
        }
      }
      long pause = policy.pauseNanos(round);
      if (System.nanoTime() + pause - until >= 0) {
        throw last;
      }
      pause(pause);
    }
  }

  @Override
  public List<PullResponse> pullAll(List<PullRequest> requests) {
    if (requests.isEmpty()) {
      return List.of();
    }
    List<CompletableFuture<PullResponse>> others =
        requests.stream()
            .skip(1)
            .map(request -> CompletableFuture.supplyAsync(() -> pull(request), threads))
            .toList();
    var answers = new ArrayList<PullResponse>(requests.size());
    answers.add(pull(requests.getFirst()));
    for (CompletableFuture<PullResponse> other : others) {
      try {
        answers.add(other.get());
      } catch (ExecutionException e) {
        throw RetryPolicy.error(e, ErrorCode.UNAVAILABLE);
      } catch (InterruptedException e) {
        throw interrupted();
      }
    }
    return answers;
  }

  private static void pause(long nanos) {
    try {
      Thread.sleep(Duration.ofNanos(nanos));
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static VecraftException interrupted() {
    Thread.currentThread().interrupt();
    return new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while waiting for the journal");
  }

  @Override
  public Subscription tail(TailRequest request, TailListener listener) {
    return new RoutedTail(nodes, leaders, policy, request, listener).start();
  }

  @Override
  public TraceResponse trace(TraceRequest request) {
    int limit = request.getLimit() == 0 ? TRACE_LIMIT_DEFAULT : request.getLimit();
    List<Integer> wanted =
        request.getPartitionsCount() == 0
            ? List.copyOf(partitions.get().all())
            : request.getPartitionsList();
    List<TraceResponse> answers =
        atLeaders(
            wanted,
            (node, led) -> {
              TraceRequest part =
                  request.toBuilder().clearPartitions().addAllPartitions(led).build();
              return node.trace(part);
            });
    List<TracedRecord> found =
        answers.stream()
            .flatMap(a -> a.getRecordsList().stream())
            .sorted(Comparator.comparingLong(r -> r.getRecord().getStamp()))
            .limit(limit)
            .toList();
    return TraceResponse.newBuilder().addAllRecords(found).build();
  }

  @Override
  public FindReuseResponse findReuse(FindReuseRequest request) {
    List<FindReuseResponse> answers =
        atLeaders(List.copyOf(partitions.get().all()), (node, led) -> node.findReuse(request));
    boolean reused = answers.stream().anyMatch(FindReuseResponse::getReused);
    return FindReuseResponse.newBuilder().setReused(reused).build();
  }

  /** A question to the leader of some partitions. */
  private interface LeaderCall<T> {
    T ask(JournalApi node, List<Integer> led);
  }

  /**
   * Asks the leaders of the partitions, each node once. Who leads is proved by a barrier, so that
   * each answer has everything acknowledged before the call.
   */
  private <T> List<T> atLeaders(List<Integer> wanted, LeaderCall<T> call) {
    long until = System.nanoTime() + policy.patience().toNanos();
    while (true) {
      try {
        Map<String, List<Integer>> led = led(wanted);
        Map<String, JournalApi> now = nodes.all();
        List<CompletableFuture<T>> asked =
            led.entrySet().stream()
                .map(e -> {
                  JournalApi node = now.get(e.getKey());
                  return node == null
                      ? CompletableFuture.<T>failedFuture(
                          new VecraftException(ErrorCode.UNAVAILABLE, e.getKey() + " is gone"))
                      : CompletableFuture.supplyAsync(() -> call.ask(node, e.getValue()), threads);
                })
                .toList();
        return asked.stream().map(CompletableFuture::join).toList();
      } catch (RuntimeException e) {
        VecraftException error = RetryPolicy.error(e, ErrorCode.UNAVAILABLE);
        if (!RetryPolicy.elsewhere(error.code()) || System.nanoTime() - until >= 0) {
          throw error;
        }
        pause(policy.pauseMin().toNanos());
      }
    }
  }

  private Map<String, List<Integer>> led(List<Integer> wanted) {
    List<CompletableFuture<GetOffsetResponse>> barriers =
        wanted.stream()
            .map(p -> getOffset(GetOffsetRequest.newBuilder().setPartition(p).build()))
            .toList();
    barriers.forEach(CompletableFuture::join);
    var led = new HashMap<String, List<Integer>>();
    for (int partition : wanted) {
      String leader =
          leaders
              .of(partition)
              .orElseThrow(() ->
                  new VecraftException(
                      ErrorCode.UNAVAILABLE,
                      "the leader of partition " + partition + " is moving"));
      led.computeIfAbsent(leader, unused -> new ArrayList<>()).add(partition);
    }
    return led;
  }

  /** Each partition as the node that leads it sees it, or whoever knows most of it. */
  @Override
  public StatusResponse status() {
    Map<String, StatusResponse> answers = statuses();
    if (answers.isEmpty()) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, "no node of the journal answers");
    }
    var best = new TreeMap<Integer, PartitionStatus>();
    answers.forEach((node, status) -> {
      for (PartitionStatus partition : status.getPartitionsList()) {
        best.merge(partition.getPartition(), partition, (a, b) -> better(node, a, b));
      }
    });
    return answers.values().iterator().next().toBuilder()
        .clearPartitions()
        .addAllPartitions(best.values())
        .build();
  }

  private static PartitionStatus better(String node, PartitionStatus known, PartitionStatus news) {
    boolean leads = news.getLeader().equals(node);
    return leads || news.getLastOffset() > known.getLastOffset() ? news : known;
  }

  /** The status of each node that answers, by name. */
  public Map<String, StatusResponse> statuses() {
    Map<String, CompletableFuture<StatusResponse>> asked = new TreeMap<>();
    Function<JournalApi, CompletableFuture<StatusResponse>> ask =
        node -> CompletableFuture.supplyAsync(node::status, threads);
    nodes.all().forEach((name, node) -> asked.put(name, ask.apply(node)));
    var answers = new TreeMap<String, StatusResponse>();
    asked.forEach((name, future) -> {
      try {
        answers.put(name, future.join());
      } catch (RuntimeException e) {
        // Left out: the others tell of it.
      }
    });
    return answers;
  }

  /** Ends the threads of calls; tails are their callers' to close. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
