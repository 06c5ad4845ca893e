package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Record;
import io.vecraft.storage.read.ShardReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica that has come to something else than the others is found, and made again. */
class ReplicaComparisonTest {
  @TempDir Path directory;
  private final List<Throwable> failures = new ArrayList<>();
  private final List<StorageNode> nodes = new ArrayList<>();
  private TestJournal journal;
  private CollectionState collection;

  @BeforeEach
  void start() {
    journal = new TestJournal(directory.resolve("journal"));
    collection = journal.create("docs", 2, 1, Map.of());
  }

  @AfterEach
  void stop() {
    nodes.forEach(StorageNode::close);
    journal.close();
    assertThat(failures).isEmpty();
  }

  private void nodes(int count) {
    for (int i = 1; i <= count; i++) {
      String name = "node-" + i;
      nodes.add(
          StorageNode.open(
              StorageConfig.of(name, directory.resolve(name), journal.partitions, failures::add)
                  .withPeers(() -> nodes),
              journal.api(),
              journal.clock));
    }
    for (int i = 0; i < 30; i++) {
      String id = "r" + i;
      journal.write(
          collection, journal.upsert(collection, id, "{}", TestJournal.always(), i, 1), id);
    }
    long now = journal.barrier();
    nodes.forEach(node -> journal.readers(node, collection, now));
  }

  /** Applies to one replica what is in no log. */
  private void diverge(StorageNode node) {
    ShardReplica replica = (ShardReplica) node.readers().getFirst();
    replica.whileStill(merge -> {
      Record record =
          Record.newBuilder()
              .setStamp(replica.state().appliedStamp() + 1)
              .setRequestId("nobody")
              .addOperations(
                  journal.upsert(collection, "r7", "{\"n\":1}", TestJournal.always(), 9, 9))
              .build();
      replica.state().apply(record, List.of(0), new int[0]);
      return true;
    });
    node.checkpoint();
  }

  private void allTheSame() {
    long now = journal.barrier();
    long expected = -1;
    for (StorageNode node : nodes) {
      ShardReader reader = journal.readers(node, collection, now).getFirst();
      Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> answers(reader, now));
      assertThat(reader.count(java.util.Optional.empty(), now)).isEqualTo(30);
      expected = expected == -1 ? reader.checksum(now) : expected;
      assertThat(reader.checksum(now)).isEqualTo(expected);
    }
  }

  private static boolean answers(ShardReader reader, long now) {
    try {
      reader.checksum(now);
      return true;
    } catch (VecraftException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED);
      return false;
    }
  }

  private int compare() {
    try (var comparison = new ReplicaComparison(nodes, Duration.ofHours(1))) {
      return comparison.compare();
    }
  }

  @Test
  void theOneThatDiffersFromMostIsMadeAgain() {
    nodes(3);
    assertThat(compare()).isZero();
    diverge(nodes.get(1));
    assertThat(compare()).isEqualTo(1);
    allTheSame();
    assertThat(directory.resolve("node-2/collection-" + collection.getId() + "/shard-0.damaged"))
        .exists();
    assertThat(compare()).isZero();
  }

  @Test
  void withoutAMajorityTheJournalDecides() {
    nodes(2);
    diverge(nodes.get(0));
    ShardReader reader = nodes.get(0).readers().getFirst();
    assertThat(compare()).isEqualTo(2);
    allTheSame();
    assertThat(reader.stats().damage()).isEmpty();
    assertThat(compare()).isZero();
  }

  @Test
  void whatIsSetAsideDoesNotAnswer() {
    nodes(1);
    ShardReplica replica = (ShardReplica) nodes.getFirst().readers().getFirst();
    assertThat(replica.setAside("for a test")).isTrue();
    assertThatThrownBy(() -> replica.checksum(replica.frontier()))
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED));
  }
}
