package io.vecraft.gateway.write;

import static io.vecraft.gateway.write.RealCluster.request;
import static io.vecraft.gateway.write.RealCluster.strong;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.write.LossyJournal.Fate;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.Operation;
import io.vecraft.query.CountRequestSpec;
import io.vecraft.query.GetAnswer;
import io.vecraft.query.GetRequestSpec;
import io.vecraft.query.HistoryRequestSpec;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.replay.ReplayGate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritePathFaultsTest {
  private static final int ACCOUNTS = 6;
  private static final int BALANCE = 100;

  @TempDir Path directory;
  private final AtomicReference<Function<AppendBatchRequest, Fate>> fates =
      new AtomicReference<>(r -> Fate.ARRIVES);
  private RealCluster cluster;

  @BeforeEach
  void start() {
    cluster =
        new RealCluster(
            directory,
            2,
            node -> ReplayGate.OPEN,
            journal -> new LossyJournal(journal, r -> fates.get().apply(r)));
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private static final CollectionDefinition DOCS =
      CollectionDefinition.newBuilder().setName("docs").setDimension(1).setShards(3).build();

  private static WriteItem.Upsert upsert(String id, String json, Condition condition) {
    return new WriteItem.Upsert(
        id, new float[] {1}, json.getBytes(StandardCharsets.UTF_8), "", condition);
  }

  private static boolean opens(AppendBatchRequest request) {
    return request.getAppends(0).getOperationsList().stream().anyMatch(Operation::hasOpenShard);
  }

  private static void assertCode(ErrorCode code, VecraftException e) {
    assertThat(e.code()).as(e.toString()).isEqualTo(code);
  }

  @Test
  void aCreationCutShortIsRepairedByTheNextWrite() {
    fates.set(r -> opens(r) ? Fate.REFUSED : Fate.ARRIVES);
    assertThatThrownBy(() -> cluster.admin.create(request("c"), DOCS))
        .isInstanceOf(VecraftException.class);
    fates.set(r -> Fate.ARRIVES);
    var items =
        IntStream.range(0, 20).mapToObj(i -> upsert("r" + i, "{}", Condition.NONE)).toList();
    WriteAnswer answer = cluster.writes.upsert(request("w"), "docs", items, Ack.APPLIED);
    assertThat(answer.results())
        .extracting(ItemResult::outcome)
        .containsOnly(ItemResult.Outcome.WRITTEN);
    assertThat(cluster.admin.create(request("c"), DOCS).created()).isTrue();
    assertThat(
            cluster.query.count(new CountRequestSpec("docs", Optional.empty(), strong())).count())
        .isEqualTo(20);
  }

  @Test
  void refusedIsUnavailableAndLostIsUnknown() {
    cluster.admin.create(request("c"), DOCS);
    var one = List.of(upsert("a", "{}", Condition.NONE));
    fates.set(r -> Fate.REFUSED);
    assertThatThrownBy(() -> cluster.writes.upsert(request("w1"), "docs", one, Ack.JOURNAL))
        .isInstanceOfSatisfying(VecraftException.class, e -> assertCode(ErrorCode.UNAVAILABLE, e));
    for (Fate lost : List.of(Fate.ANSWER_LOST, Fate.ANSWER_UNKNOWN)) {
      fates.set(r -> lost);
      var hurried = new WriteContext("w2", "tester", "", 0, Deadline.afterMillis(200));
      assertThatThrownBy(() -> cluster.writes.upsert(hurried, "docs", one, Ack.JOURNAL))
          .isInstanceOfSatisfying(
              VecraftException.class, e -> assertCode(ErrorCode.OUTCOME_UNKNOWN, e));
    }
    fates.set(r -> Fate.ARRIVES);
    var late = new WriteContext("w3", "tester", "", 0, Deadline.afterMillis(-1));
    assertThatThrownBy(() -> cluster.writes.upsert(late, "docs", one, Ack.JOURNAL))
        .isInstanceOfSatisfying(VecraftException.class, e -> assertCode(ErrorCode.UNAVAILABLE, e));
    cluster.writes.upsert(request("w2"), "docs", one, Ack.JOURNAL);
    assertThat(
            cluster
                .query
                .history(new HistoryRequestSpec("docs", "a", 10, Optional.empty(), strong()))
                .versions())
        .hasSize(1);
  }

  @Test
  void aBatchThatFailsInPartSaysSoForEachItem() {
    cluster.admin.create(request("c"), DOCS);
    var items =
        IntStream.range(0, 20).mapToObj(i -> upsert("r" + i, "{}", Condition.NONE)).toList();
    fates.set(r -> r.getPartition() == 3 ? Fate.REFUSED : Fate.ARRIVES);
    WriteAnswer partly = cluster.writes.upsert(request("w"), "docs", items, Ack.JOURNAL);
    assertThat(partly.results())
        .extracting(ItemResult::outcome)
        .contains(ItemResult.Outcome.WRITTEN, ItemResult.Outcome.UNAVAILABLE)
        .doesNotContain(ItemResult.Outcome.OUTCOME_UNKNOWN);
    fates.set(r -> Fate.ARRIVES);
    WriteAnswer whole = cluster.writes.upsert(request("w"), "docs", items, Ack.JOURNAL);
    assertThat(whole.results())
        .extracting(ItemResult::outcome)
        .containsOnly(ItemResult.Outcome.WRITTEN);
    for (int i = 0; i < items.size(); i++) {
      if (partly.results().get(i).outcome() == ItemResult.Outcome.WRITTEN) {
        assertThat(whole.results().get(i)).isEqualTo(partly.results().get(i));
      }
    }
  }

  @Test
  void transfersWithLostAnswersHappenOnceAndNeverByHalf() throws Exception {
    long seed = Long.getLong("vecraft.seed", System.nanoTime());
    System.out.println("transfers: -Dvecraft.seed=" + seed);
    cluster.admin.create(request("c"), DOCS);
    List<String> accounts = IntStream.range(0, ACCOUNTS).mapToObj(i -> "account-" + i).toList();
    var initial = accounts.stream().map(a -> upsert(a, balance(BALANCE), Condition.NONE)).toList();
    cluster.writes.upsert(request("init"), "docs", initial, Ack.JOURNAL);
    var losses = new Random(seed);
    fates.set(r -> {
      synchronized (losses) {
        int dice = losses.nextInt(100);
        return dice < 10
            ? Fate.REFUSED
            : dice < 15 ? Fate.ANSWER_LOST : dice < 20 ? Fate.ANSWER_UNKNOWN : Fate.ARRIVES;
      }
    });
    var committed = new AtomicInteger();
    List<Callable<Boolean>> clients = new ArrayList<>();
    for (int client = 0; client < 4; client++) {
      var random = new Random(seed + client);
      String name = "client-" + client;
      clients.add(() -> {
        for (int i = 0; i < 25; i++) {
          if (transfer(name + "-" + i, accounts, random)) {
            committed.incrementAndGet();
          }
          assertThat(total(read(accounts))).isEqualTo(ACCOUNTS * BALANCE);
        }
        return true;
      });
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var client : threads.invokeAll(clients)) {
        assertThat(client.get()).isTrue();
      }
    }
    int versions = 0;
    for (String account : accounts) {
      versions +=
          cluster
              .query
              .history(new HistoryRequestSpec("docs", account, 1_000, Optional.empty(), strong()))
              .versions()
              .size();
    }
    System.out.println("transfers committed: " + committed.get());
    assertThat(versions).isEqualTo(ACCOUNTS + 2 * committed.get());
    assertThat(committed.get()).isPositive();
  }

  /** Moves money between two accounts if nobody has touched them; retried until it is known. */
  private boolean transfer(String id, List<String> accounts, Random random) {
    int from = random.nextInt(ACCOUNTS);
    int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
    List<RecordView> seen = read(List.of(accounts.get(from), accounts.get(to)));
    int amount = random.nextInt(10);
    var operations =
        List.of(
            moved(accounts.get(from), seen.get(0), -amount),
            moved(accounts.get(to), seen.get(1), amount));
    while (true) {
      var context = new WriteContext(id, "tester", "", 0, Deadline.afterMillis(1_000));
      try {
        cluster.writes.transaction(context, operations, Ack.JOURNAL);
        return true;
      } catch (VecraftException e) {
        if (e.code() == ErrorCode.CONFLICT) {
          return false;
        }
        assertThat(e.code()).isIn(ErrorCode.UNAVAILABLE, ErrorCode.OUTCOME_UNKNOWN);
      }
    }
  }

  private static TransactionOperation moved(String account, RecordView seen, int amount) {
    return new TransactionOperation(
        "docs",
        upsert(account, balance(amountOf(seen) + amount), Condition.ifVersion(seen.version())));
  }

  private static String balance(int amount) {
    return "{\"n\":" + amount + "}";
  }

  private static int amountOf(RecordView record) {
    String json = new String(record.metadata(), StandardCharsets.UTF_8);
    return Integer.parseInt(json.substring(5, json.length() - 1));
  }

  private List<RecordView> read(List<String> ids) {
    GetAnswer answer =
        cluster.query.get(new GetRequestSpec("docs", ids, Include.METADATA, strong()));
    assertThat(answer.missing()).isEmpty();
    return answer.records();
  }

  private static int total(List<RecordView> accounts) {
    return accounts.stream().mapToInt(WritePathFaultsTest::amountOf).sum();
  }
}
