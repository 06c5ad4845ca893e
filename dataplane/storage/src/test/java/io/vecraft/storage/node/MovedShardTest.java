package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.journal.client.ShardMove;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.BeginControl;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.FindRememberedRequest;
import io.vecraft.proto.journal.FindRememberedResponse;
import io.vecraft.proto.journal.FindReuseRequest;
import io.vecraft.proto.journal.FindReuseResponse;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TraceResponse;
import io.vecraft.proto.journal.WantShardIn;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Shards go from one partition of a real journal to another, under replicas that follow them. */
class MovedShardTest {
  private static final int SHARDS = 3;
  private static final int FIRST = Partitions.FIRST_DATA;

  @TempDir Path directory;
  private TestJournal journal;
  private final List<StorageNode> nodes = new CopyOnWriteArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();

  @BeforeEach
  void start() {
    journal = new TestJournal(directory.resolve("journal"));
    control(1);
  }

  private void control(long epoch) {
    journal.append(
        Partitions.SYSTEM,
        List.of(
            Operation.newBuilder()
                .setBeginControl(BeginControl.newBuilder().setEpoch(epoch).setName("test"))
                .build()));
  }

  @AfterEach
  void stop() {
    nodes.forEach(StorageNode::close);
    journal.close();
    assertThat(failures).isEmpty();
  }

  private StorageNode node(String name) {
    StorageConfig config =
        StorageConfig.of(name, directory.resolve(name), journal.partitions, failures::add)
            .withIdleClose(Duration.ofMillis(20))
            .withOthers(() -> nodes.stream().filter(n -> !n.name().equals(name)).toList());
    StorageNode node = StorageNode.open(config, journal.api(), journal.clock);
    nodes.add(node);
    return node;
  }

  private StorageNode again(StorageNode node) {
    node.close();
    nodes.remove(node);
    return node(node.name());
  }

  private CollectionState docs() {
    return journal.catalog().requireCollection("docs");
  }

  private void move(int shard, int partition) {
    want(shard, partition);
    carryThrough(journal.api(), docs().getPlacements(shard), 1);
    assertThat(docs().getPlacements(shard).getPartition()).isEqualTo(partition);
    assertThat(ShardHomes.isMoving(docs().getPlacements(shard))).isFalse();
  }

  private void want(int shard, int partition) {
    journal.append(
        Partitions.SYSTEM,
        List.of(
            Operation.newBuilder()
                .setWantShardIn(
                    WantShardIn.newBuilder()
                        .setCollectionId(docs().getId())
                        .setShard(shard)
                        .setPartition(partition))
                .build()));
  }

  private void carryThrough(JournalApi through, ShardPlacement shard, long controlEpoch) {
    var move = new ShardMove(through, journal::catalog, "control/test", Duration.ofSeconds(30));
    try {
      move.carryThrough(docs(), shard, controlEpoch);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private int other(int shard) {
    int now = docs().getPlacements(shard).getPartition();
    return FIRST + (now - FIRST + 1) % journal.partitions.dataPartitions();
  }

  /** What a client wrote, and what it is to find at each stamp. */
  private static final class Model {
    final Map<String, Integer> values = new HashMap<>();
    final TreeMap<Long, Map<String, Integer>> moments = new TreeMap<>();
  }

  private static int value(RecordView record) {
    String json = new String(record.metadata(), StandardCharsets.UTF_8);
    return Integer.parseInt(json.replaceAll("[^0-9]", ""));
  }

  private Map<String, Integer> read(StorageNode node, long stamp) {
    var found = new HashMap<String, Integer>();
    for (ShardReader reader : journal.readers(node, docs(), stamp)) {
      reader
          .scroll(Optional.empty(), Optional.empty(), 1_000, stamp, Include.METADATA)
          .forEach(r -> found.put(r.id(), value(r)));
    }
    return found;
  }

  private void checkAll(Model model) {
    long now = journal.barrier();
    model.moments.put(now, Map.copyOf(model.values));
    for (StorageNode node : nodes) {
      journal.readers(node, docs(), now);
      model.moments.forEach((stamp, expected) ->
          assertThat(read(node, stamp)).as("%s at %d", node.name(), stamp).isEqualTo(expected));
    }
    for (int shard = 0; shard < SHARDS; shard++) {
      int number = shard;
      assertThat(
              nodes.stream()
                  .map(node -> journal.readers(node, docs(), now).get(number).checksum(now))
                  .distinct())
          .hasSize(1);
    }
  }

  private Operation upsert(String id, int value) {
    return journal.upsert(docs(), id, json(value), TestJournal.always(), value, 1);
  }

  private static String json(int value) {
    return "{\"v\":" + value + "}";
  }

  /** Few, or as many as {@code -Dvecraft.moves.seeds} says. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("vecraft.moves.seeds", 4));
  }

  /** Random writes, transactions, moves, checkpoints and restarts, against a map. */
  @ParameterizedTest
  @MethodSource("seeds")
  void replicasFollowShardsWhateverHappensBetween(long seed) {
    System.out.println("seed " + seed);
    var random = new Random(seed);
    var model = new Model();
    journal.create("docs", 2, SHARDS, Map.of());
    var a = new StorageNode[] {node("a"), node("b")};
    Precondition absent = Precondition.newBuilder().setIfAbsent(true).build();
    for (int step = 1; step <= 160; step++) {
      String id = "r" + random.nextInt(30);
      String second = "r" + random.nextInt(30);
      int which = random.nextInt(2);
      switch (random.nextInt(16)) {
        case 0, 1 -> {
          int shard = random.nextInt(SHARDS);
          move(shard, other(shard));
        }
        case 2 -> a[which].checkpoint();
        case 3 -> a[which] = again(a[which]);
        case 4 -> {
          journal.write(docs(), journal.delete(docs(), id), id);
          model.values.remove(id);
        }
        case 5, 6 -> {
          if (!id.equals(second)) {
            journal.transaction(upsert(id, step), upsert(second, step));
            model.values.put(id, step);
            model.values.put(second, step);
          }
        }
        case 7 -> {
          if (!id.equals(second)) {
            journal.transaction(
                journal.upsert(docs(), id, json(step), absent, step, 1), upsert(second, step));
            if (!model.values.containsKey(id)) {
              model.values.put(id, step);
              model.values.put(second, step);
            }
          }
        }
        case 8 -> checkAll(model);
        default -> {
          journal.write(docs(), upsert(id, step), id);
          model.values.put(id, step);
        }
      }
    }
    // One that has seen nothing of it goes through the whole log.
    node("c");
    checkAll(model);
    nodes.forEach(StorageNode::checkpoint);
    List.copyOf(nodes).forEach(this::again);
    checkAll(model);
    // Each partition is replayed once in the end.
    nodes.forEach(node ->
        Awaitility.await()
            .atMost(Duration.ofMinutes(1))
            .until(() -> node.replays() == journal.partitions.dataPartitions()));
    assertThat(docs().getPlacementsList().stream().mapToInt(ShardPlacement::getEarlierCount).sum())
        .isGreaterThan(5);
  }

  @Test
  void aWriterThatRoutesAgainLosesNothing() throws Exception {
    journal.create("docs", 2, SHARDS, Map.of());
    node("a");
    node("b");
    var model = new Model();
    var done = new AtomicBoolean();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(() -> {
          for (int i = 0; !done.get() || i < 200; i++) {
            String id = "w" + i % 500;
            write(id, i);
            model.values.put(id, i);
          }
        });
    for (int i = 0; i < 12; i++) {
      move(i % SHARDS, other(i % SHARDS));
    }
    done.set(true);
    writer.join();
    checkAll(model);
  }

  /** As a gateway does: what was moved is certainly not applied, and routed again. */
  private void write(String id, int value) {
    for (int attempt = 0; attempt < 10_000; attempt++) {
      AppendResult result =
          journal.tryAppend(journal.partition(docs(), id), List.of(upsert(id, value)));
      if (!result.hasFailure()) {
        return;
      }
      assertThat(result.getFailure().getCode()).isEqualTo(ErrorCode.MOVED.code());
    }
    throw new AssertionError("the shard of " + id + " does not come back");
  }

  @Test
  void aRetryIsADuplicateInThePartitionThatTheShardCameTo() {
    CollectionState made = journal.create("docs", 2, SHARDS, Map.of());
    String id = "r1";
    int shard = journal.shard(made, id).shard();
    AppendResult first = append("first", id, 1);
    for (int i = 0; i < 300; i++) {
      append("other-" + i, id, i + 2);
    }
    for (int round = 0; round < 3; round++) {
      move(shard, other(shard));
      AppendResult retry = append("first", id, 1);
      assertThat(retry.getDuplicate()).isTrue();
      assertThat(retry.getStamp()).isEqualTo(first.getStamp());
      assertThat(append("other-" + 299, id, 301).getDuplicate()).isTrue();
      assertThat(append("first", id, 7).getFailure().getCode())
          .isEqualTo(ErrorCode.REQUEST_ID_REUSED.code());
      AppendResult fresh = append("round-" + round, id, 1_000 + round);
      assertThat(fresh.getDuplicate()).isFalse();
      assertThat(fresh.getStamp()).isGreaterThan(docs().getPlacements(shard).getSinceStamp());
    }
    StorageNode node = node("a");
    ShardReader reader = node.reader(new ShardId(made.getId(), shard)).orElseThrow();
    long now = journal.barrier();
    reader.awaitFrontier(now, Deadline.afterMillis(60_000));
    RecordView found = reader.get(List.of(id), now, Include.METADATA).getFirst();
    assertThat(value(found)).isEqualTo(1_002);
    assertThat(reader.history(id, Long.MAX_VALUE, 1_000)).hasSize(304);
  }

  /** At each of its records, whether or not that came into the log, another control takes over. */
  @Test
  void aMoveThatIsCutShortIsCarriedThroughByTheNextControl() {
    CollectionState made = journal.create("docs", 2, SHARDS, Map.of());
    StorageNode node = node("a");
    String id = "r1";
    int shard = journal.shard(made, id).shard();
    long control = 1;
    int cut = 0;
    int written = 0;
    boolean whole = false;
    for (int step = 0; !whole; step++) {
      for (boolean arrives : List.of(false, true)) {
        AppendResult first = append("request-" + written, id, written);
        int to = other(shard);
        want(shard, to);
        ShardPlacement before = docs().getPlacements(shard);
        var cutting = new CuttingJournal(journal.api(), step, arrives);
        try {
          carryThrough(cutting, before, control);
          whole = true;
        } catch (VecraftException e) {
          cut++;
        }
        control(++control);
        ShardPlacement now = docs().getPlacements(shard);
        if (ShardHomes.isMoving(now)) {
          carryThrough(journal.api(), now, control);
        }
        // The one before comes back and goes on where it was.
        assertThatThrownBy(() -> carryThrough(journal.api(), before, 1))
            .isInstanceOf(VecraftException.class);
        ShardPlacement after = docs().getPlacements(shard);
        assertThat(after.getPartition()).isEqualTo(to);
        assertThat(after.getEpoch()).isEqualTo(before.getEpoch() + 1);
        assertThat(ShardHomes.isMoving(after)).isFalse();
        AppendResult retry = append("request-" + written, id, written);
        assertThat(retry.getDuplicate()).isTrue();
        assertThat(retry.getStamp()).isEqualTo(first.getStamp());
        written++;
      }
    }
    // Seal, rehoming, opening and settling at least, each twice.
    assertThat(cut).isGreaterThanOrEqualTo(8);
    long now = journal.barrier();
    ShardReader reader = journal.readers(node, docs(), now).get(shard);
    assertThat(reader.history(id, now + 1, 1_000)).hasSize(written);
  }

  /** Fails at one append, before or after it has come into the log, and at all that follow. */
  private static final class CuttingJournal implements JournalApi {
    private final JournalApi journal;
    private final boolean arrives;
    private int left;

    CuttingJournal(JournalApi journal, int left, boolean arrives) {
      this.journal = journal;
      this.left = left;
      this.arrives = arrives;
    }

    @Override
    public CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request) {
      left--;
      if (left >= 0) {
        return journal.appendBatch(request);
      }
      if (left == -1 && arrives) {
        journal.appendBatch(request).join();
      }
      return CompletableFuture.failedFuture(
          new VecraftException(ErrorCode.OUTCOME_UNKNOWN, "cut short"));
    }

    @Override
    public CompletableFuture<GetOffsetResponse> getOffset(GetOffsetRequest request) {
      return journal.getOffset(request);
    }

    @Override
    public PullResponse pull(PullRequest request) {
      return journal.pull(request);
    }

    @Override
    public Subscription tail(TailRequest request, TailListener listener) {
      return journal.tail(request, listener);
    }

    @Override
    public TraceResponse trace(TraceRequest request) {
      return journal.trace(request);
    }

    @Override
    public FindReuseResponse findReuse(FindReuseRequest request) {
      return journal.findReuse(request);
    }

    @Override
    public FindRememberedResponse findRemembered(FindRememberedRequest request) {
      return journal.findRemembered(request);
    }

    @Override
    public StatusResponse status() {
      return journal.status();
    }
  }

  /** A request is in the log of a partition once, however often its shard comes and goes. */
  @Test
  void whatIsRememberedDoesNotGrowWithEachMove() {
    CollectionState made = journal.create("docs", 2, SHARDS, Map.of());
    String id = "r1";
    int shard = journal.shard(made, id).shard();
    for (int i = 0; i < 50; i++) {
      append("request-" + i, id, i);
    }
    for (int round = 0; round < 10; round++) {
      move(shard, other(shard));
      assertThat(told()).isEqualTo(50);
    }
    append("late", id, 60);
    move(shard, other(shard));
    assertThat(told()).isEqualTo(51);
  }

  /** Requests that any partition has told another, as their logs have them. */
  private long told() {
    return journal.partitions.data().stream()
        .flatMap(partition ->
            journal
                .server
                .pull(PullRequest.newBuilder().setPartition(partition).setFromOffset(1).build())
                .getRecordsList()
                .stream())
        .flatMap(record -> record.getOperationsList().stream())
        .mapToLong(operation -> operation.getRememberRequests().getRequestsCount())
        .sum();
  }

  private AppendResult append(String request, String id, int value) {
    return journal
        .server
        .appendBatch(
            AppendBatchRequest.newBuilder()
                .setPartition(journal.partition(docs(), id))
                .addAppends(
                    Append.newBuilder()
                        .setRequestId(request)
                        .setRequestDigest(ByteString.copyFromUtf8("body " + value))
                        .setPrincipal("tester")
                        .addOperations(upsert(id, value)))
                .build())
        .join()
        .getResults(0);
  }
}
