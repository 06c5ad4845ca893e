package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PlaceReplicas;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.proto.journal.ReplicaPlacement;
import io.vecraft.proto.journal.ReplicaStage;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.rpc.GrpcPlacementService;
import io.vecraft.storage.rpc.RemoteCheckpoints;
import io.vecraft.storage.rpc.StorageRpcSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas come and go as SYSTEM says, on a real journal. */
class ReplicaMovesTest {
  private static final ReplicaStage JOINING = ReplicaStage.JOINING;
  private static final ReplicaStage SERVING = ReplicaStage.SERVING;
  private static final ReplicaStage LEAVING = ReplicaStage.LEAVING;

  @TempDir Path directory;
  private TestJournal journal;
  private final List<StorageNode> nodes = new CopyOnWriteArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();
  private int written;

  @BeforeEach
  void start() {
    journal = new TestJournal(directory.resolve("journal"));
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
            .withPeers(() -> nodes)
            .withOthers(() -> nodes.stream().filter(n -> !n.name().equals(name)).toList());
    StorageNode node = StorageNode.open(config, journal.api(), journal.clock);
    nodes.add(node);
    return node;
  }

  @Test
  void aReplicaJoinsFromACheckpointThatCameOverTheNetwork() {
    StorageNode a = node("a");
    CollectionState c = journal.create("docs", 2, 1, Map.of());
    var shard = new ShardId(c.getId(), 0);
    write(c, 200);
    journal.readers(a, c, journal.barrier());
    place(c, 0, at("a", SERVING));
    a.checkpoint();
    var service = new GrpcPlacementService(a, StorageRpcSettings.defaults());
    try (var channels = new InternalChannels(Optional.empty());
        var server =
            InternalServer.start(
                HostAndPort.of("127.0.0.1:0"), Optional.empty(), List.of(service))) {
      var address = new HostAndPort("127.0.0.1", server.port());
      List<CheckpointSource> peers = List.of(new RemoteCheckpoints("a", channels.to(address)));
      StorageConfig config =
          StorageConfig.of("b", directory.resolve("b"), journal.partitions, failures::add)
              .withIdleClose(Duration.ofMillis(20))
              .withPeers(() -> peers);
      StorageNode b = StorageNode.open(config, journal.api(), journal.clock);
      nodes.add(b);
      place(c, 0, at("a", SERVING), at("b", JOINING));
      await(() -> replica(b, shard).isPresent());
      assertThat(directory.resolve("b/collection-1/shard-0/MANIFEST")).exists();
      assertThat(directory.resolve("b/collection-1/shard-0.incoming")).doesNotExist();
      write(c, 50);
      place(c, 0, at("a", SERVING), at("b", SERVING));
      await(() -> b.reader(shard).isPresent());
      sameEverywhere(shard, a, b);
    }
  }

  private static ReplicaPlacement at(String node, ReplicaStage stage) {
    return ReplicaPlacement.newBuilder().setNode(node).setStage(stage).build();
  }

  private void place(CollectionState c, int shard, ReplicaPlacement... replicas) {
    long version =
        journal.catalog().collection(c.getId()).orElseThrow().getPlacements(shard).getMapVersion();
    journal.append(
        1,
        List.of(
            Operation.newBuilder()
                .setPlaceReplicas(
                    PlaceReplicas.newBuilder()
                        .setCollectionId(c.getId())
                        .setShard(shard)
                        .setExpectedVersion(version)
                        .addAllReplicas(List.of(replicas)))
                .build()));
  }

  private void write(CollectionState c, int count) {
    for (int i = 0; i < count; i++) {
      String id = "r" + written++;
      journal.write(c, journal.upsert(c, id, "{}", TestJournal.always(), written, 1), id);
    }
  }

  private static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(condition);
  }

  private static Optional<ShardReader> replica(StorageNode node, ShardId shard) {
    return node.replicas().stream().filter(r -> r.shard().equals(shard)).findFirst();
  }

  private void sameEverywhere(ShardId shard, StorageNode... holders) {
    long now = journal.barrier();
    var sums = new ArrayList<Long>();
    for (StorageNode holder : holders) {
      ShardReader reader = holder.reader(shard).orElseThrow();
      reader.awaitFrontier(now, Deadline.afterMillis(60_000));
      sums.add(reader.checksum(now));
    }
    assertThat(sums.stream().distinct()).hasSize(1);
  }

  @Test
  void aShardMovesToAnotherNodeAndLeavesNothingBehind() {
    StorageNode a = node("a");
    CollectionState c = journal.create("docs", 2, 2, Map.of());
    var shard = new ShardId(c.getId(), 0);
    write(c, 100);
    place(c, 0, at("a", SERVING));
    place(c, 1, at("a", SERVING));
    StorageNode b = node("b");
    write(c, 50);
    assertThat(b.replicas()).isEmpty();

    a.checkpoint();
    place(c, 0, at("a", SERVING), at("b", JOINING));
    await(() -> replica(b, shard).isPresent());
    assertThat(b.reader(shard)).as("it is read from while it joins").isEmpty();
    write(c, 50);
    long now = journal.barrier();
    await(() -> replica(b, shard).orElseThrow().frontier() >= now);

    place(c, 0, at("a", LEAVING), at("b", SERVING));
    await(() -> b.reader(shard).isPresent());
    assertThat(a.reader(shard)).isPresent();
    sameEverywhere(shard, a, b);

    place(c, 0, at("b", SERVING));
    await(() -> a.reader(shard).isEmpty());
    Path files = directory.resolve("a/collection-" + c.getId() + "/shard-0");
    await(() -> !Files.exists(files));
    write(c, 50);
    long end = journal.barrier();
    ShardReader left = b.reader(shard).orElseThrow();
    left.awaitFrontier(end, Deadline.afterMillis(60_000));
    ShardReader other = a.reader(new ShardId(c.getId(), 1)).orElseThrow();
    other.awaitFrontier(end, Deadline.afterMillis(60_000));
    assertThat(left.count(Optional.empty(), end) + other.count(Optional.empty(), end))
        .isEqualTo(written);

    // And back to where it was.
    place(c, 0, at("a", JOINING), at("b", SERVING));
    await(() -> replica(a, shard).map(r -> r.frontier() >= end).orElse(false));
    place(c, 0, at("a", SERVING), at("b", SERVING));
    await(() -> a.reader(shard).isPresent());
    sameEverywhere(shard, a, b);
  }

  @Test
  void aReplicaThatJoinedIsFedByTheReplayOfItsPartition() {
    StorageNode a = node("a");
    CollectionState c = journal.create("docs", 2, 1, Map.of());
    var shard = new ShardId(c.getId(), 0);
    write(c, 50);
    place(c, 0, at("a", SERVING));
    StorageNode b = node("b");
    place(c, 0, at("a", SERVING), at("b", JOINING));
    place(c, 0, at("a", SERVING), at("b", SERVING));
    await(() -> b.reader(shard).isPresent());
    await(() -> b.replays() == journal.partitions.dataPartitions());
    write(c, 50);
    sameEverywhere(shard, a, b);
  }

  @Test
  void aNodeThatStartsOpensWhatIsPlacedOnItAndRemovesTheRest() {
    StorageNode a = node("a");
    CollectionState c = journal.create("docs", 2, 2, Map.of());
    write(c, 100);
    journal.readers(a, c, journal.barrier());
    a.checkpoint();
    Path files = directory.resolve("a/collection-" + c.getId());
    assertThat(files.resolve("shard-0")).exists();
    a.close();
    nodes.clear();
    StorageNode b = node("b");
    place(c, 0, at("b", SERVING));
    place(c, 1, at("a", SERVING));
    StorageNode again = node("a");
    assertThat(again.replicas()).extracting(r -> r.shard().shard()).containsExactly(1);
    assertThat(files.resolve("shard-0")).doesNotExist();
    await(() -> b.replicas().stream().map(r -> r.shard().shard()).toList().equals(List.of(0)));
  }

  @Test
  void aTransactionIsDecidedByANodeThatHasOneOfItsShards() {
    StorageNode a = node("a");
    StorageNode b = node("b");
    CollectionState c = journal.create("docs", 2, 2, Map.of());
    place(c, 0, at("a", SERVING));
    place(c, 1, at("b", SERVING));
    await(() -> a.replicas().size() == 1 && b.replicas().size() == 1);
    Precondition absent = Precondition.newBuilder().setIfAbsent(true).build();
    for (int i = 0; i < 10; i++) {
      // Of both shards, sooner or later.
      long committed =
          journal.transaction(
              journal.upsert(c, "x" + i, "{}", absent, 1, 1),
              journal.upsert(c, "y" + i, "{}", absent, 1, 1),
              journal.upsert(c, "z" + i, "{}", absent, 1, 1));
      long aborted =
          journal.transaction(
              journal.upsert(c, "x" + i, "{}", absent, 1, 1),
              journal.upsert(c, "v" + i, "{}", TestJournal.always(), 1, 1),
              journal.upsert(c, "w" + i, "{}", TestJournal.always(), 1, 1));
      long now = journal.barrier();
      for (String id : List.of("x" + i, "y" + i, "z" + i, "v" + i, "w" + i)) {
        ShardId shard = journal.shard(c, id);
        ShardReader reader = (shard.shard() == 0 ? a : b).reader(shard).orElseThrow();
        reader.awaitFrontier(now, Deadline.afterMillis(60_000));
        List<Long> versions =
            reader.get(List.of(id), now, Include.NOTHING).stream().map(r -> r.version()).toList();
        if (id.startsWith("v") || id.startsWith("w")) {
          boolean alone =
              journal.shard(c, "x" + i).equals(journal.shard(c, "v" + i))
                  && journal.shard(c, "x" + i).equals(journal.shard(c, "w" + i));
          assertThat(versions).as("%s, %s, of one shard: %s", id, aborted, alone).isEmpty();
        } else {
          assertThat(versions).as(id).containsExactly(committed);
        }
      }
    }
  }
}
