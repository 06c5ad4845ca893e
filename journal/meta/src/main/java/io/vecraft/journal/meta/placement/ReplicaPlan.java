package io.vecraft.journal.meta.placement;

import com.google.common.collect.ImmutableSortedMap;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.ReplicaMap;
import io.vecraft.journal.meta.placement.ObservedNode.Presence;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.LeavingNode;
import io.vecraft.proto.journal.ReplicaStage;
import io.vecraft.proto.journal.ShardPlacement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is to be changed about the replicas of shards, given the map in SYSTEM and what the storage
 * nodes say. A pure function: {@code vecraft control} and the operator host the same one.
 *
 * <p>A node that leaves, because somebody has said so in SYSTEM, gets nothing new; what it has is
 * made elsewhere and then taken from it. While fewer nodes stay than a shard wants replicas, it
 * keeps that shard, unless it was said to leave all the same.
 *
 * <p>The replicas of a collection are on the nodes of its {@link NodePool}. One that is on a node
 * of another pool, because the collection was told to change, serves until there are as many in the
 * pool as are wanted and the pool has nodes for; while the pool has none, it stays where it is. A
 * node whose pool is not known counts as one of any.
 *
 * <p>Of each shard, in this order:
 *
 * <ol>
 *   <li>A replica that joins and has caught up serves from now on; one on a node that is gone is
 *       given up.
 *   <li>A replica that leaves, or is on a node that is gone, is taken out of the map when as many
 *       others as are wanted are proven: they serve and have caught up by the word of their nodes.
 *       One on a node that is gone stays in the map while nothing can take its place: it may yet
 *       come back.
 *   <li>A replica on a node that leaves does too when as many as are wanted are proven on nodes
 *       that stay. Of more proven replicas than are wanted one leaves.
 *   <li>A shard without a map gets one, from the replicas that are everywhere.
 *   <li>A shard with too few replicas gets one that joins, at most so many shards at a time.
 *   <li>When nothing of this is to be done, nobody is away and nothing moves, one replica is added
 *       where {@link Placement} wants it; the third rule then takes the one that is too much.
 * </ol>
 *
 * <p>Invariants: a change never takes out of the map, nor makes leave, a proven replica unless at
 * least one other that stays is proven. A node that is away is left alone until it is gone. Nothing
 * is planned for a shard that is between two changes but what brings it on.
 */
public final class ReplicaPlan {
  private final Settings settings;
  private final Map<String, ObservedNode> nodes = new TreeMap<>();
  private final Map<String, List<PlacementNode>> here = new TreeMap<>(); // and stay, by pool
  private final Map<String, LeavingNode> leaving = new TreeMap<>();
  private final SortedMap<PlacedShard, Shard> shards = new TreeMap<>();
  private final List<ReplicaChange> changes = new ArrayList<>();

  /**
   * What is wanted.
   *
   * @param replicas of a shard whose collection says nothing
   * @param repairsMax shards that get a replica for one that is lost at the same time, at least 1
   */
  public record Settings(int replicas, int repairsMax) {
    public Settings {
      if (replicas < 1 || repairsMax < 1) {
        throw new IllegalArgumentException("replicas and repairs are at least 1");
      }
    }
  }

  /** A shard, its stages as planned so far, and how many replicas it is to have. */
  private static final class Shard {
    final PlacedShard id;
    final ShardPlacement before;
    final String pool;

    /** What the definition says. */
    final int asked;

    /** What there can be now. */
    final int wanted;

    final TreeMap<String, ReplicaStage> stages = new TreeMap<>();
    final List<String> reasons = new ArrayList<>();

    Shard(PlacedShard id, ShardPlacement before, String pool, int asked, int nodes) {
      this.id = id;
      this.before = before;
      this.pool = pool;
      this.asked = asked;
      this.wanted = Math.max(1, Math.min(asked, nodes));
      before.getReplicasList().forEach(r -> stages.put(r.getNode(), r.getStage()));
    }

    boolean isUnplaced() {
      return before.getReplicasCount() == 0;
    }

    boolean has(ReplicaStage stage) {
      return stages.containsValue(stage);
    }

    List<String> in(ReplicaStage stage) {
      return stages.entrySet().stream()
          .filter(e -> e.getValue() == stage)
          .map(Map.Entry::getKey)
          .toList();
    }

    void set(String node, ReplicaStage stage, String reason) {
      stages.put(node, stage);
      reasons.add(node + " " + reason);
    }

    void remove(String node, String reason) {
      stages.remove(node);
      reasons.add(node + " " + reason);
    }
  }

  private ReplicaPlan(Catalog catalog, Collection<ObservedNode> observed, Settings settings) {
    this.settings = settings;
    catalog.cluster().getLeavingList().forEach(l -> leaving.put(l.getNode(), l));
    for (ObservedNode node : observed) {
      nodes.put(node.name(), node);
      if (node.isHere() && !leaves(node.name())) {
        here.computeIfAbsent(node.pool().orElse(NodePool.SHARED), unused -> new ArrayList<>())
            .add(new PlacementNode(node.name(), node.zone()));
      }
    }
    for (CollectionState collection : catalog.collections()) {
      int defined = collection.getDefinition().getReplicas();
      int asked = defined <= 0 ? settings.replicas() : defined;
      String pool = NodePool.of(collection.getDefinition());
      for (ShardPlacement placement : collection.getPlacementsList()) {
        var id = new PlacedShard(collection.getId(), placement.getShard());
        shards.put(id, new Shard(id, placement, pool, asked, here(pool).size()));
      }
    }
  }

  /**
   * The changes to make now, at most one of each shard.
   *
   * @param observed every storage node that is known or in the map, each once
   */
  public static List<ReplicaChange> of(
      Catalog catalog, Collection<ObservedNode> observed, Settings settings) {
    var plan = new ReplicaPlan(catalog, observed, settings);
    if (!plan.here.isEmpty()) {
      plan.make();
    }
    return List.copyOf(plan.changes);
  }

  private void make() {
    for (Shard shard : shards.values()) {
      if (!shard.isUnplaced()) {
        join(shard);
        takeOut(shard);
        letLeave(shard);
        giveUp(shard);
      }
    }
    Map<PlacedShard, Set<String>> target = new HashMap<>();
    for (String pool : here.keySet()) {
      Question asked = question(pool);
      target.putAll(Placement.place(asked.wanted(), here(pool), asked.current(), asked.held()));
    }
    for (Shard shard : shards.values()) {
      if (shard.isUnplaced()) {
        placeFirst(shard, at(target, shard));
      }
    }
    boolean repairing = repair(target);
    if (!repairing && !moving() && nodes.values().stream().allMatch(this::isSettled)) {
      even();
    }
    shards.values().forEach(this::collect);
  }

  private void collect(Shard shard) {
    if (!shard.reasons.isEmpty()) {
      changes.add(
          new ReplicaChange(
              shard.id,
              shard.before.getMapVersion(),
              ImmutableSortedMap.copyOf(shard.stages),
              String.join(", ", shard.reasons)));
    }
  }

  private void join(Shard shard, ObservedNode node) {
    if (node.presence() == Presence.GONE) {
      shard.remove(node.name(), "is gone before it had caught up");
    } else if (leaves(node.name())) {
      shard.remove(node.name(), "is to leave before it has caught up");
    } else if (!fits(shard, node.name())) {
      shard.remove(node.name(), "is in another pool, and has not caught up");
    } else if (node.isCaughtUp(shard.id)) {
      shard.set(node.name(), ReplicaStage.SERVING, "has caught up");
    }
  }

  private void join(Shard shard) {
    shard.in(ReplicaStage.JOINING).forEach(name -> join(shard, node(name)));
  }

  /** Takes out what leaves or is gone, once there are enough others. */
  private void takeOut(Shard shard) {
    for (String name : shard.in(ReplicaStage.LEAVING)) {
      if (provenBut(shard, name) >= shard.wanted) {
        shard.remove(name, "has left");
      } else if (livingBut(shard, name) < shard.wanted && !isGone(name)) {
        shard.set(name, ReplicaStage.SERVING, "stays: another is lost");
      }
    }
    for (String name : shard.in(ReplicaStage.SERVING)) {
      if (isGone(name) && provenBut(shard, name) >= shard.asked) {
        shard.remove(name, "is gone and replaced");
      }
    }
  }

  /** Makes those leave whose nodes do, or are of another pool, once there are enough others. */
  private void letLeave(Shard shard) {
    for (String name : shard.in(ReplicaStage.SERVING)) {
      LeavingNode node = leaving.get(name);
      if (node != null) {
        int enough = node.getForced() ? shard.wanted : shard.asked;
        if (node(name).isHere() && provenThatStay(shard) >= enough) {
          shard.set(name, ReplicaStage.LEAVING, "is to leave");
        }
      } else if (!fits(shard, name)) {
        int enough = Math.max(1, Math.min(shard.asked, nodesOf(shard.pool)));
        if (node(name).isHere() && provenThatStay(shard) >= enough) {
          shard.set(name, ReplicaStage.LEAVING, "is in another pool");
        }
      }
    }
  }

  /** Nodes of a pool that stay, whether or not they are here now. */
  private int nodesOf(String pool) {
    return (int)
        nodes.values().stream()
            .filter(n -> n.pool().filter(pool::equals).isPresent())
            .filter(n -> n.presence() != Presence.GONE && !leaves(n.name()))
            .count();
  }

  /** Makes those leave that are more than wanted, the best not among them. */
  private void giveUp(Shard shard) {
    if (shard.has(ReplicaStage.JOINING)) {
      return;
    }
    while (true) {
      List<PlacementNode> proven =
          shard.in(ReplicaStage.SERVING).stream()
              .filter(name -> stays(shard, name) && node(name).isProven(shard.id))
              .map(this::placementNode)
              .toList();
      if (proven.size() <= shard.wanted) {
        return;
      }
      String one = Placement.surplus(shard.id, proven, proven, loads());
      shard.set(one, ReplicaStage.LEAVING, "is more than wanted");
    }
  }

  private int provenBut(Shard shard, String but) {
    return (int)
        shard.in(ReplicaStage.SERVING).stream()
            .filter(name -> !name.equals(but) && node(name).isProven(shard.id))
            .count();
  }

  private int provenThatStay(Shard shard) {
    return (int)
        shard.in(ReplicaStage.SERVING).stream()
            .filter(name -> stays(shard, name) && node(name).isProven(shard.id))
            .count();
  }

  /** Replicas that serve or will, on nodes of the pool that are not gone and stay. */
  private int livingBut(Shard shard, String but) {
    return (int) living(shard).stream().filter(name -> !name.equals(but)).count();
  }

  private Set<String> living(Shard shard) {
    var living = new TreeSet<String>();
    shard.stages.forEach((name, stage) -> {
      if (stage != ReplicaStage.LEAVING && !isGone(name) && stays(shard, name)) {
        living.add(name);
      }
    });
    return living;
  }

  /** What placement is asked: for a pool's nodes that are here, shards under way are held. */
  private record Question(
      Map<PlacedShard, Integer> wanted,
      Map<PlacedShard, Set<String>> current,
      Set<PlacedShard> held) {}

  private Question question(String pool) {
    Map<PlacedShard, Integer> wanted = new HashMap<>();
    Map<PlacedShard, Set<String>> current = new HashMap<>();
    Set<PlacedShard> held = new HashSet<>();
    for (Shard shard : shards.values()) {
      if (!shard.pool.equals(pool)) {
        continue;
      }
      wanted.put(shard.id, shard.wanted);
      current.put(shard.id, living(shard));
      boolean away = shard.stages.keySet().stream().anyMatch(this::isAway);
      if (away || shard.has(ReplicaStage.JOINING) || !shard.reasons.isEmpty()) {
        held.add(shard.id);
      }
    }
    return new Question(wanted, current, held);
  }

  /** Gives a shard that is everywhere its map; waits while no node has caught up with it. */
  private void placeFirst(Shard shard, Set<String> target) {
    Optional<String> served =
        target.stream().filter(name -> node(name).isCaughtUp(shard.id)).findFirst();
    if (served.isEmpty()) {
      served =
          here.values().stream()
              .flatMap(List::stream)
              .map(PlacementNode::name)
              .filter(name -> node(name).isCaughtUp(shard.id))
              .findFirst();
    }
    if (served.isEmpty()) {
      return;
    }
    shard.set(served.get(), ReplicaStage.SERVING, "is placed");
    for (String name : target) {
      if (!name.equals(served.get())) {
        shard.set(
            name,
            node(name).isCaughtUp(shard.id) ? ReplicaStage.SERVING : ReplicaStage.JOINING,
            "is placed");
      }
    }
  }

  /** Adds replicas where there are too few; whether there is anything to repair. */
  private boolean repair(Map<PlacedShard, ? extends Set<String>> target) {
    long underWay =
        shards.values().stream()
            .filter(s -> s.has(ReplicaStage.JOINING) && provenThatStay(s) < s.wanted)
            .count();
    boolean any = underWay > 0;
    for (Shard shard : shards.values()) {
      boolean few =
          !shard.isUnplaced()
              && shard.reasons.isEmpty()
              // Where the pool has no node there is nothing to wait for either.
              && !here(shard.pool).isEmpty()
              && livingBut(shard, "") < shard.wanted;
      any |= few;
      if (few && underWay < settings.repairsMax() && joins(shard, target, "joins: too few")) {
        underWay++;
      }
    }
    return any;
  }

  /** Moves one replica to where it is wanted. */
  private void even() {
    for (String pool : here.keySet()) {
      Question asked = question(pool);
      Optional<Placement.Move> move =
          Placement.firstMove(asked.wanted(), here(pool), asked.current(), asked.held());
      if (move.isPresent()) {
        Optional.ofNullable(shards.get(move.get().shard()))
            .filter(shard -> shard.stages.size() < ReplicaMap.MAX_REPLICAS)
            .ifPresent(shard ->
                shard.set(move.get().to(), ReplicaStage.JOINING, "joins: to share the load"));
        return;
      }
    }
  }

  private boolean joins(
      Shard shard, Map<PlacedShard, ? extends Set<String>> target, String reason) {
    for (String name : new TreeSet<>(at(target, shard))) {
      if (!shard.stages.containsKey(name) && shard.stages.size() < ReplicaMap.MAX_REPLICAS) {
        shard.set(name, ReplicaStage.JOINING, reason);
        return true;
      }
    }
    return false;
  }

  private static Set<String> at(Map<PlacedShard, ? extends Set<String>> target, Shard shard) {
    Set<String> at = target.get(shard.id);
    return at == null ? Set.of() : at;
  }

  private boolean moving() {
    return shards.values().stream()
        .anyMatch(s ->
            s.has(ReplicaStage.JOINING) || s.has(ReplicaStage.LEAVING) || !s.reasons.isEmpty());
  }

  /** Replicas on each node that stay. */
  private Map<String, Integer> loads() {
    Map<String, Integer> loads = new HashMap<>();
    shards.values().forEach(s -> living(s).forEach(name -> loads.merge(name, 1, Integer::sum)));
    return loads;
  }

  private boolean isSettled(ObservedNode node) {
    return node.presence() != Presence.AWAY;
  }

  private boolean leaves(String name) {
    return leaving.containsKey(name);
  }

  private boolean fits(Shard shard, String name) {
    return node(name).pool().map(shard.pool::equals).orElse(true);
  }

  /** Whether a node may keep a replica of the shard. */
  private boolean stays(Shard shard, String name) {
    return !leaves(name) && fits(shard, name);
  }

  private List<PlacementNode> here(String pool) {
    return here.getOrDefault(pool, List.of());
  }

  private boolean isGone(String name) {
    return node(name).presence() == Presence.GONE;
  }

  private boolean isAway(String name) {
    return node(name).presence() == Presence.AWAY;
  }

  private PlacementNode placementNode(String name) {
    return new PlacementNode(name, node(name).zone());
  }

  /** One that nobody has told of is away: there is nothing to say that it is gone. */
  private ObservedNode node(String name) {
    return nodes.getOrDefault(
        name, new ObservedNode(name, "", Optional.empty(), Presence.AWAY, Map.of()));
  }
}
