package io.vecraft.journal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.Appends;
import io.vecraft.journal.log.model.ModelLog;
import io.vecraft.journal.log.model.ModelReplica;
import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.Decision.Duplicate;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.Record;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract with three replicas, and what leader changes and crashes do to it. */
final class ModelLogTest extends ReplicatedLogContract {
  private ModelLog group;

  @BeforeEach
  void open() {
    group = new ModelLog(SETTINGS, List.of("a", "b", "c"), new Random(1));
    group.settle();
  }

  @Override
  protected ReplicatedLog log() {
    return group.replicas().stream()
        .filter(ModelReplica::leads)
        .findFirst()
        .orElse(group.replicas().getFirst());
  }

  @Override
  protected void settle() {
    group.settle();
  }

  @Override
  protected void restart() {
    group.replicas().forEach(ModelReplica::crash);
    group.replicas().forEach(ModelReplica::restart);
  }

  @Test
  void aDeposedLeaderLeavesItsCallerInDoubtAndARetryLearnsTheOutcome() {
    ModelReplica old = (ModelReplica) log();
    old.append(new Proposal(1, List.of(Appends.open(1, 0))));
    group.settle();
    old.cutOff(true);
    CompletableFuture<List<Decision>> lost =
        old.append(new Proposal(1 << 20, List.of(Appends.write("w", 1, 0))));
    group.settle();
    assertThat(lost).isNotDone();
    ModelReplica next = group.replicas().get(1);
    assertThat(group.elect(next)).isTrue();
    old.cutOff(false);
    group.settle();
    assertThat(((VecraftException) lost.exceptionNow()).code())
        .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
    CompletableFuture<List<Decision>> retry =
        next.append(new Proposal(2 << 20, List.of(Appends.write("w", 1, 0))));
    group.settle();
    assertThat(retry.join().getFirst()).isInstanceOf(Accepted.class);
    assertThat(((VecraftException) old.append(new Proposal(1, List.of())).exceptionNow()).code())
        .isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void nothingAcknowledgedIsLostOrDoubledUnderRandomFaults() {
    long first = Long.getLong("vecraft.seed", System.nanoTime());
    System.out.println("seed " + first + " (-Dvecraft.seed)");
    for (int i = 0; i < 300; i++) {
      randomFaults(first + i);
    }
  }

  private static void randomFaults(long seed) {
    var random = new Random(seed);
    var group = new ModelLog(SETTINGS, List.of("a", "b", "c"), random);
    Map<String, Record> acknowledged = new HashMap<>();
    long stamp = Stamp.of(1000, 0, 0);
    for (int step = 0; step < 400; step++) {
      ModelReplica replica = group.replicas().get(random.nextInt(3));
      switch (random.nextInt(40)) {
        case 0 -> replica.crash();
        case 1, 2 -> replica.restart();
        case 3, 4 -> group.elect(replica);
        case 5 -> replica.cutOff(random.nextBoolean());
        case 6, 7, 8, 9, 10, 11 -> {
          String request = "r" + random.nextInt(30);
          stamp += Stamp.of(random.nextInt(2), 0, 0);
          replica
              .append(
                  new Proposal(stamp, List.of(Appends.open(1, 0), Appends.write(request, 1, 0))))
              .thenAccept(d -> acknowledge(acknowledged, request, d.getLast(), replica));
        }
        default -> group.step();
      }
    }
    group.replicas().forEach(r -> r.cutOff(false));
    group.replicas().forEach(ModelReplica::restart);
    group.settle();
    for (ModelReplica replica : group.replicas()) {
      List<Record> records = replica.committed().read(1, Integer.MAX_VALUE, Long.MAX_VALUE);
      assertThat(records).as("seed %d", seed).containsAll(acknowledged.values());
      var ids = new HashSet<String>();
      records.forEach(r -> assertThat(ids.add(r.getRequestId())).as("seed %d", seed).isTrue());
    }
  }

  private static void acknowledge(
      Map<String, Record> acknowledged, String request, Decision decision, ModelReplica replica) {
    Record record =
        switch (decision) {
          case Accepted a -> a.record();
          case Duplicate d -> replica.committed().read(d.offset(), 1, 1).getFirst();
          default -> throw new IllegalStateException(decision.toString());
        };
    assertThat(acknowledged.getOrDefault(request, record)).isEqualTo(record);
    acknowledged.put(request, record);
  }
}
