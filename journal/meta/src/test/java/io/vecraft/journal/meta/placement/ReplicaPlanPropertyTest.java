package io.vecraft.journal.meta.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ReplicaMap;
import io.vecraft.journal.meta.placement.ObservedNode.ObservedReplica;
import io.vecraft.journal.meta.placement.ObservedNode.Presence;
import io.vecraft.proto.journal.AlterCollection;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.ReplicaStage;
import io.vecraft.proto.journal.SetNodeLeaving;
import io.vecraft.proto.journal.ShardPlacement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * The plan carried out on nodes that come, go and lag: what it must never do, and where it ends.
 */
class ReplicaPlanPropertyTest {
  private static final ReplicaPlan.Settings SETTINGS = new ReplicaPlan.Settings(2, 1);
  private static final int ROUNDS_MAX = 2_000;

  /** A cluster without time: what its nodes have, and the catalog that the changes add up to. */
  private static final class World {
    final Random random;
    Catalog catalog = Catalog.empty(new Partitions(1));
    final int poolCount;
    final Map<String, String> zones = new TreeMap<>();
    final Map<String, String> pools = new TreeMap<>();
    final Map<String, Presence> presence = new TreeMap<>();

    /** Shards that a node has caught up with. */
    final Map<String, Set<PlacedShard>> caughtUp = new HashMap<>();

    World(long seed, int poolCount) {
      random = new Random(seed);
      this.poolCount = poolCount;
    }

    String anyPool() {
      int pool = random.nextInt(poolCount);
      return pool == 0 ? NodePool.SHARED : "pool-" + pool;
    }

    String poolOf(String node) {
      return pools.getOrDefault(node, NodePool.SHARED);
    }

    String poolOf(PlacedShard id) {
      return NodePool.of(catalog.collection(id.collectionId()).orElseThrow().getDefinition());
    }

    /** Wants a collection in another pool. */
    void wantElsewhere(CollectionState collection) {
      apply(
          Operation.newBuilder()
              .setAlterCollection(
                  AlterCollection.newBuilder()
                      .setCollectionId(collection.getId())
                      .setDefinition(
                          collection.getDefinition().toBuilder()
                              .setPool(NodePool.stored(anyPool()))))
              .build());
    }

    void addNode(String name, int zoneCount) {
      zones.put(name, "zone-" + random.nextInt(zoneCount));
      pools.put(name, anyPool());
      presence.put(name, Presence.HERE);
      caughtUp.put(name, new HashSet<>());
    }

    void apply(Operation operation) {
      catalog =
          catalog.apply(
              Record.newBuilder().setStamp(catalog.stamp() + 1).addOperations(operation).build());
    }

    void addCollection(int shards, int replicas) {
      apply(
          Operation.newBuilder()
              .setCreateCollection(
                  CreateCollection.newBuilder()
                      .setDefinition(
                          CollectionDefinition.newBuilder()
                              .setName("c" + catalog.nextId())
                              .setShards(shards)
                              .setPool(NodePool.stored(anyPool()))
                              .setReplicas(replicas)))
              .build());
      // A new one is empty, so whoever is there has caught up at once.
      nodesHere().forEach(name -> catchUp(name, 1));
    }

    List<String> nodesHere() {
      return presence.keySet().stream().filter(n -> presence.get(n) == Presence.HERE).toList();
    }

    /**
     * What a node does by the map: closes what is not its own, catches up with some of the rest.
     */
    void catchUp(String name, double chance) {
      Set<PlacedShard> has = caughtUp.getOrDefault(name, new HashSet<>());
      forShards((id, placement) -> {
        if (!ReplicaMap.has(placement, name)) {
          has.remove(id);
        } else if (random.nextDouble() < chance) {
          has.add(id);
        }
      });
    }

    interface ForShard {
      void accept(PlacedShard id, ShardPlacement placement);
    }

    void forShards(ForShard action) {
      for (CollectionState c : catalog.collections()) {
        for (ShardPlacement p : c.getPlacementsList()) {
          action.accept(new PlacedShard(c.getId(), p.getShard()), p);
        }
      }
    }

    ShardPlacement placement(PlacedShard id) {
      return catalog.collection(id.collectionId()).orElseThrow().getPlacements(id.shard());
    }

    List<ObservedNode> observe() {
      var nodes = new ArrayList<ObservedNode>();
      zones.forEach((name, zone) -> {
        Map<PlacedShard, ObservedReplica> replicas = new HashMap<>();
        Presence now = presence.getOrDefault(name, Presence.GONE);
        if (now == Presence.HERE) {
          forShards((id, p) -> {
            if (ReplicaMap.has(p, name)) {
              boolean whole = caughtUp.getOrDefault(name, Set.of()).contains(id);
              replicas.put(id, new ObservedReplica(whole && ReplicaMap.serves(p, name), whole));
            }
          });
        }
        nodes.add(new ObservedNode(name, zone, Optional.of(poolOf(name)), now, replicas));
      });
      return nodes;
    }

    void setLeaving(String node, boolean leaving, boolean forced) {
      apply(
          Operation.newBuilder()
              .setSetNodeLeaving(
                  SetNodeLeaving.newBuilder().setNode(node).setLeaving(leaving).setForced(forced))
              .build());
    }

    Set<String> leaving() {
      Set<String> names = new HashSet<>();
      catalog.cluster().getLeavingList().forEach(l -> names.add(l.getNode()));
      return names;
    }

    long proven(PlacedShard id) {
      return observe().stream().filter(n -> n.isProven(id)).count();
    }

    /** One pass of control; how many changes were made. */
    int pass() {
      List<ReplicaChange> changes = ReplicaPlan.of(catalog, observe(), SETTINGS);
      for (ReplicaChange change : changes) {
        long before = proven(change.shard());
        apply(change.operation(0));
        if (before > 0) {
          assertThat(proven(change.shard())).as("proven after %s", change).isPositive();
        }
      }
      return changes.size();
    }
  }

  @Property(tries = 400)
  void noReplicaIsGivenUpTooEarlyAndAllEndsWhereItIsWanted(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 7) int nodes,
      @ForAll @IntRange(min = 1, max = 3) int zones,
      @ForAll @IntRange(min = 1, max = 3) int pools) {
    var world = new World(seed, pools);
    for (int n = 0; n < nodes; n++) {
      world.addNode("node-" + n, zones);
    }
    world.addCollection(4, 0);
    for (int step = 0; step < 60; step++) {
      disturb(world, zones);
      world.nodesHere().forEach(name -> world.catchUp(name, 0.5));
      world.pass();
      long moving = moving(world);
      assertThat(moving).as("shards that move at a time").isLessThanOrEqualTo(4);
    }
    // Who was away for a moment is here again or gone for good.
    world.presence.replaceAll((name, p) -> p == Presence.AWAY ? Presence.HERE : p);
    if (world.leaving().containsAll(world.nodesHere())) {
      return;
    }
    int quiet = 0;
    for (int round = 0; quiet < 3; round++) {
      assertThat(round)
          .as("rounds until nothing is to be done, seed %d", seed)
          .isLessThan(ROUNDS_MAX);
      world.nodesHere().forEach(name -> world.catchUp(name, 1));
      quiet = world.pass() == 0 ? quiet + 1 : 0;
    }
    settled(world);
  }

  private static void disturb(World world, int zones) {
    var names = new ArrayList<>(world.presence.keySet());
    String any = names.get(world.random.nextInt(names.size()));
    switch (world.random.nextInt(12)) {
      case 0 -> world.presence.put(any, Presence.AWAY);
      case 1 -> world.presence.put(any, Presence.GONE);
      case 2, 3, 4 -> {
        if (world.presence.put(any, Presence.HERE) != Presence.HERE && world.random.nextBoolean()) {
          // It has lost its data.
          world.caughtUp.put(any, new HashSet<>());
        }
      }
      case 5 -> {
        if (names.size() < 9) {
          world.addNode("node-" + names.size(), zones);
        }
      }
      case 6 -> {
        if (world.catalog.collections().size() < 6) {
          world.addCollection(1 + world.random.nextInt(5), world.random.nextInt(4));
        }
      }
      case 7 -> world.setLeaving(any, world.random.nextBoolean(), world.random.nextBoolean());
      case 8 -> {
        var collections = List.copyOf(world.catalog.collections());
        world.wantElsewhere(collections.get(world.random.nextInt(collections.size())));
      }
      default -> {}
    }
  }

  /** Shards on the move for the sake of even loads and of repairs; first places do not count. */
  private static long moving(World world) {
    var joining = new ArrayList<PlacedShard>();
    world.forShards((id, p) -> {
      boolean joins =
          p.getReplicasList().stream().anyMatch(r -> r.getStage() == ReplicaStage.JOINING);
      if (joins && p.getMapVersion() > 1) {
        joining.add(id);
      }
    });
    return joining.size();
  }

  private static void settled(World world) {
    List<String> here =
        world.nodesHere().stream().filter(name -> !world.leaving().contains(name)).toList();
    Map<String, Integer> loads = new HashMap<>();
    Map<String, Boolean> forced = new HashMap<>();
    world.catalog.cluster().getLeavingList().forEach(l -> forced.put(l.getNode(), l.getForced()));
    world.forShards((id, p) -> {
      int defined =
          world.catalog.collection(id.collectionId()).orElseThrow().getDefinition().getReplicas();
      int asked = defined == 0 ? SETTINGS.replicas() : defined;
      List<String> stay =
          here.stream().filter(n -> world.poolOf(n).equals(world.poolOf(id))).toList();
      var serving = new ArrayList<String>();
      p.getReplicasList()
          .forEach(r -> {
            assertThat(r.getStage()).isEqualTo(ReplicaStage.SERVING);
            if (stay.contains(r.getNode())) {
              serving.add(r.getNode());
              loads.merge(r.getNode(), 1, Integer::sum);
            } else if (forced.containsKey(r.getNode())
                && world.presence.get(r.getNode()) == Presence.HERE) {
              boolean must = forced.getOrDefault(r.getNode(), false);
              assertThat(stay.size())
                  .as("%s is kept for want of nodes", p)
                  .isLessThan(must ? 1 : asked);
            } else if (world.presence.get(r.getNode()) == Presence.HERE) {
              assertThat(stay).as("%s is in another pool, as its own has no node", p).isEmpty();
            }
          });
      assertThat(serving).as("%s", p).hasSize(Math.min(asked, stay.size()));
    });
    for (String one : here) {
      for (String other : here) {
        if (world.zones.getOrDefault(one, "").equals(world.zones.get(other))
            && world.poolOf(one).equals(world.poolOf(other))) {
          assertThat(loads.getOrDefault(one, 0) - loads.getOrDefault(other, 0))
              .as("%s and %s of %s", one, other, loads)
              .isLessThanOrEqualTo(1);
        }
      }
    }
  }
}
