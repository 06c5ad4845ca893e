package io.vecraft.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Deadline;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicasTest {
  private final FakeCluster cluster = new FakeCluster();
  private final List<StorageNodeView> known = new CopyOnWriteArrayList<>();
  private final Replicas replicas = new Replicas(() -> known);
  private FakeCluster.Node a;
  private FakeCluster.Node b;
  private ShardId shard;

  @BeforeEach
  void start() {
    a = cluster.node("a");
    b = cluster.node("b");
    known.addAll(cluster.nodes);
    cluster.collection("docs", 2, 1, "l2");
    shard = a.shard(0).shard();
  }

  private static Deadline soon() {
    return Deadline.afterMillis(60_000);
  }

  @Test
  void oneThatDoesNotDecideHoldsNobodyUp() {
    a.stuck = true;
    replicas.decide(7, List.of(shard), soon());
    assertThat(b.decided).containsExactly(7L);
    a.stuck = false;
    replicas.decide(8, List.of(shard), soon());
    assertThat(a.decided).containsExactly(8L);
  }

  @Test
  void nobodyDecidesInTime() {
    a.stuck = true;
    b.stuck = true;
    assertThatThrownBy(() -> replicas.decide(7, List.of(shard), Deadline.afterMillis(300)))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
    a.stuck = false;
    b.stuck = false;
  }

  @Test
  void readsGoWhereThereAreFewest() {
    ShardReader busy = a.shard(0);
    replicas.loads().begin(busy);
    assertThat(picks(0)).containsExactly("b");
    replicas.loads().end(busy);
    assertThat(picks(0)).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void readsGoWhereTheSessionHasBeenReached() {
    long token = a.shard(0).frontier + 1;
    a.shard(0).frontier = token;
    replicas.loads().begin(a.shard(0));
    assertThat(picks(token)).containsExactly("a");
    assertThat(picks(token + 1)).containsExactly("b");
  }

  private Set<String> picks(long enough) {
    return IntStream.range(0, 10)
        .mapToObj(i -> replicas.pick(shard, enough).orElseThrow().node())
        .collect(java.util.stream.Collectors.toSet());
  }

  @Test
  void oneThatComesIsWaitedFor() throws Exception {
    known.clear();
    Thread coming =
        Thread.startVirtualThread(() -> {
          try {
            Thread.sleep(100);
          } catch (InterruptedException e) {
            return;
          }
          known.add(b);
        });
    long stamp = b.shard(0).frontier;
    assertThat(replicas.awaitAny(shard, stamp, soon()).node()).isEqualTo("b");
    coming.join();
  }

  @Test
  void aReadIsDoneElsewhereWhenAReplicaFails() {
    a.shard(0).failure = Optional.of(ErrorCode.UNAVAILABLE);
    b.shard(0).frontier -= 1;
    cluster.write("docs", "x", 1, 1);
    long stamp = a.shard(0).frontier;
    cluster.closed.put(1, stamp);
    cluster.closed.put(2, stamp);
    cluster.catalog.requireCollection("docs").getPlacementsList().stream()
        .forEach(p -> cluster.closed.put(p.getPartition(), stamp));
    long count = replicas.read(shard, stamp, soon(), r -> r.count(Optional.empty(), stamp));
    assertThat(count).isZero();
  }
}
