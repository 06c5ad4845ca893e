package io.vecraft.e2e.history;

import static io.vecraft.e2e.history.Histories.delete;
import static io.vecraft.e2e.history.Histories.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.e2e.history.Op.Condition;
import io.vecraft.e2e.history.Op.Item;
import io.vecraft.e2e.history.Op.Level;
import io.vecraft.e2e.history.Op.Read;
import io.vecraft.e2e.history.Op.Result;
import io.vecraft.e2e.history.Op.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each history here is right or wrong for a reason that is its name. */
class SerialSearchTest {
  private final Histories h = new Histories();

  private void right() {
    assertThat(SerialSearch.check(h.ops())).isInstanceOf(Verdict.Fine.class);
  }

  private void wrong() {
    assertThat(SerialSearch.check(h.ops())).isInstanceOf(Verdict.Wrong.class);
  }

  @Test
  void concurrentOperationsMayBeInAnyOrder() {
    h.write(1, 10, 0, put("a", 1)).write(1, 10, 1, put("a", 2)).strong(1, 10, 0, Map.of("a", 1));
    right();
  }

  @Test
  void staleRead() {
    h.write(1, 2, 0, put("a", 1)).write(3, 4, 1, put("a", 2)).strong(5, 6, 0, Map.of("a", 1));
    wrong();
  }

  @Test
  void lostUpdate() {
    h.write(1, 2, 0, put("a", 1))
        .write(3, 8, 1, put("a", 2, new Condition.Is(1)))
        .write(3, 8, 2, put("a", 3, new Condition.Is(1)));
    wrong();
  }

  @Test
  void ofTwoConditionalWritesOneWins() {
    h.write(1, 2, 0, put("a", 1))
        .write(3, 8, 1, put("a", 2, new Condition.Is(1)))
        .conflict(3, 8, 2, put("a", 3, new Condition.Is(1)))
        .strong(9, 10, 3, Map.of("a", 2));
    right();
  }

  @Test
  void conflictWithoutCause() {
    h.write(1, 2, 0, put("a", 1)).conflict(3, 4, 1, put("a", 2, new Condition.Is(1)));
    wrong();
  }

  @Test
  void halfTransaction() {
    h.write(1, 2, 0, put("a", 1), put("b", 1)).strong(3, 4, 1, Map.of("a", 1, "b", 0));
    wrong();
  }

  @Test
  void readSkew() {
    h.write(1, 2, 0, put("a", 1), put("b", 1))
        .write(3, 20, 1, put("a", 2), put("b", 2))
        .strong(4, 19, 2, Map.of("a", 1, "b", 2));
    wrong();
  }

  @Test
  void writeSkewUnderPreconditions() {
    h.write(1, 2, 0, put("a", 1), put("b", 1))
        .write(3, 9, 1, put("a", 2, new Condition.Is(1)), put("b", 3, new Condition.Is(1)))
        .write(3, 9, 2, put("b", 4, new Condition.Is(1)));
    wrong();
  }

  @Test
  void twoReadersSeeTwoOrders() {
    h.write(1, 50, 0, put("a", 1), put("x", 1))
        .write(1, 50, 1, put("b", 1), put("x", 2))
        .strong(2, 3, 0, Map.of("a", 1, "b", 0))
        .strong(4, 5, 0, Map.of("a", 0, "b", 1));
    wrong();
  }

  @Test
  void causalReverseOverPartitions() {
    // The case of plain hybrid clocks: the transaction, stamped by a fast clock, hides a later
    // write.
    h.write(1, 2, 9, put("a", 1), put("b", 1))
        .write(3, 4, 3, put("a", 2))
        .strong(5, 6, 9, Map.of("a", 1, "b", 1));
    wrong();
  }

  @Test
  void applyingARetryTwiceBringsAnOldValueBack() {
    h.write(1, 20, 0, put("a", 1))
        .strong(2, 3, 0, Map.of("a", 1))
        .write(4, 5, 1, put("a", 2))
        .strong(6, 7, 1, Map.of("a", 2))
        .strong(8, 9, 2, Map.of("a", 1));
    wrong();
  }

  @Test
  void rejectedWriteIsSeen() {
    h.write(1, 2, 0, put("a", 1))
        .conflict(3, 4, 1, put("a", 2, new Condition.Absent()))
        .strong(5, 6, 1, Map.of("a", 2));
    wrong();
  }

  @Test
  void deletedRecordComesBack() {
    h.write(1, 2, 0, put("a", 1)).write(3, 4, 1, delete("a")).strong(5, 6, 2, Map.of("a", 1));
    wrong();
  }

  @Test
  void unknownWriteMayTakeEffectLate() {
    h.unknown(1, put("a", 1))
        .strong(2, 3, 0, Map.of("a", 0))
        .write(4, 5, 1, put("a", 2))
        .strong(6, 7, 1, Map.of("a", 1));
    right();
  }

  @Test
  void unknownWriteTakesEffectOnce() {
    h.unknown(1, put("a", 1))
        .strong(2, 3, 0, Map.of("a", 1))
        .write(4, 5, 1, put("a", 2))
        .strong(6, 7, 1, Map.of("a", 1));
    wrong();
  }

  @Test
  void unknownConditionalWriteWaitsForItsCondition() {
    h.unknown(1, put("a", 5, new Condition.Is(1)))
        .write(2, 3, 0, put("a", 1))
        .strong(4, 5, 0, Map.of("a", 5));
    right();
  }

  @Test
  void unknownDeleteMayExplainAbsence() {
    h.write(1, 2, 0, put("a", 1)).unknown(3, delete("a")).strong(4, 5, 0, Map.of("a", 0));
    right();
  }

  @Test
  void unknownUnseenWriteStillExplainsAConflict() {
    h.unknown(1, put("a", 1)).conflict(2, 3, 0, put("a", 2, new Condition.Absent()));
    right();
  }

  @Test
  void itemsOfABatchStandAlone() {
    var batch =
        new Write(
            List.of(put("a", 2, new Condition.Absent()), put("b", 2, new Condition.Absent())),
            false,
            new Result.Known(List.of(false, true)),
            OptionalLong.empty());
    h.write(1, 2, 0, put("a", 1));
    var ops = new ArrayList<>(h.ops());
    ops.add(new Op(99, "", 3, 4, batch));
    assertThat(SerialSearch.check(ops).fine()).isTrue();
    ops.add(
        new Op(
            100,
            "",
            5,
            6,
            new Read(Map.of("a", 2, "b", 2), new Level.Strong(), OptionalLong.empty())));
    assertThat(SerialSearch.check(ops).fine()).isFalse();
  }

  @Test
  void agreesWithTryingEveryOrder() {
    long seed = Long.getLong("vecraft.seed", 20_261_123L);
    System.out.println("SerialSearchTest vecraft.seed=" + seed);
    var random = new Random(seed);
    int fine = 0;
    int rounds = 3_000;
    for (int i = 0; i < rounds; i++) {
      List<Op> ops = randomHistory(random);
      boolean expected = bruteForce(ops);
      assertThat(SerialSearch.check(ops).fine()).as("round %d: %s", i, ops).isEqualTo(expected);
      fine += expected ? 1 : 0;
    }
    assertThat(fine).as("both verdicts occur").isBetween(rounds / 20, rounds * 19 / 20);
  }

  private static List<Op> randomHistory(Random random) {
    var ops = new ArrayList<Op>();
    int n = 2 + random.nextInt(4);
    for (int id = 1; id <= n; id++) {
      long invoked = random.nextInt(10);
      long returned = invoked + 1 + random.nextInt(6);
      if (random.nextInt(3) == 0) {
        var seen = new HashMap<String, Integer>();
        seen.put("a", random.nextInt(n));
        if (random.nextBoolean()) {
          seen.put("b", random.nextInt(n));
        }
        ops.add(
            new Op(
                id,
                "",
                invoked,
                returned,
                new Read(seen, new Level.Strong(), OptionalLong.empty())));
        continue;
      }
      var items = new ArrayList<Item>();
      for (String key : random.nextBoolean() ? List.of("a") : List.of("a", "b")) {
        Condition condition =
            switch (random.nextInt(6)) {
              case 0 -> new Condition.Absent();
              case 1 -> new Condition.Present();
              case 2 -> new Condition.Is(1 + random.nextInt(n));
              default -> new Condition.None();
            };
        items.add(new Item(key, random.nextInt(6) == 0 ? Op.ABSENT : id, condition));
      }
      boolean atomic = random.nextBoolean();
      boolean all = random.nextInt(4) > 0;
      Result result =
          random.nextInt(4) == 0
              ? new Result.Unknown()
              : new Result.Known(
                  items.stream().map(x -> atomic ? all : random.nextInt(4) > 0).toList());
      ops.add(
          new Op(
              id,
              "",
              invoked,
              result instanceof Result.Unknown ? Op.NEVER : returned,
              new Write(items, atomic, result, OptionalLong.empty())));
    }
    return ops;
  }

  private static boolean bruteForce(List<Op> ops) {
    return extend(ops, new ArrayList<>(), Map.of());
  }

  private static boolean extend(List<Op> ops, List<Op> order, Map<String, Integer> state) {
    var left = ops.stream().filter(op -> !order.contains(op)).toList();
    if (left.stream()
        .allMatch(op -> op.action() instanceof Write w && w.result() instanceof Result.Unknown)) {
      return true;
    }
    for (Op op : left) {
      if (left.stream().anyMatch(other -> other.returned() < op.invoked())) {
        continue;
      }
      var after = new HashMap<>(state);
      if (fits(op, after)) {
        order.add(op);
        boolean found = extend(ops, order, after);
        order.removeLast();
        if (found) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether the operation fits, with its effect made on {@code state}. */
  private static boolean fits(Op op, Map<String, Integer> state) {
    return switch (op.action()) {
      case Read r ->
          r.observed().entrySet().stream()
              .allMatch(e -> state.getOrDefault(e.getKey(), Op.ABSENT).equals(e.getValue()));
      case Write w -> {
        var holds =
            w.items().stream()
                .map(i -> i.condition().holds(state.getOrDefault(i.key(), Op.ABSENT)))
                .toList();
        var applied = w.atomic() ? holds.stream().map(x -> !holds.contains(false)).toList() : holds;
        IntStream.range(0, applied.size())
            .filter(applied::get)
            .forEach(i -> state.put(w.items().get(i).key(), w.items().get(i).value()));
        yield !(w.result() instanceof Result.Known k) || k.applied().equals(applied);
      }
    };
  }

  @Test
  void longHistoriesOfManyClientsAreDecided() {
    long seed = Long.getLong("vecraft.seed", 7L);
    System.out.println("SerialSearchTest vecraft.seed=" + seed);
    var random = new Random(seed);
    var state = new HashMap<String, Integer>();
    var ops = new ArrayList<Op>();
    for (int id = 1; id <= 5_000; id++) {
      long at = id * 10L;
      long invoked = at - random.nextInt(40);
      long returned = at + 1 + random.nextInt(40);
      String a = "k" + random.nextInt(8);
      String b = "k" + random.nextInt(8);
      if (random.nextBoolean()) {
        var seen = new HashMap<String, Integer>();
        seen.put(a, state.getOrDefault(a, 0));
        seen.put(b, state.getOrDefault(b, 0));
        ops.add(
            new Op(
                id,
                "",
                invoked,
                returned,
                new Read(seen, new Level.Strong(), OptionalLong.empty())));
      } else {
        var items = a.equals(b) ? List.of(put(a, id)) : List.of(put(a, id), put(b, id));
        boolean lost = random.nextInt(50) == 0;
        boolean effect = !lost || random.nextBoolean();
        if (effect) {
          items.forEach(i -> state.put(i.key(), i.value()));
        }
        Result result =
            lost ? new Result.Unknown() : new Result.Known(items.stream().map(i -> true).toList());
        ops.add(
            new Op(
                id,
                "",
                invoked,
                lost ? Op.NEVER : returned,
                new Write(items, true, result, OptionalLong.empty())));
      }
    }
    assertThat(SerialSearch.check(ops)).isInstanceOf(Verdict.Fine.class);
  }
}
