package io.vecraft.journal.meta.placement;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.hash.Hashing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Places replicas of shards on storage nodes. A function of what is wanted, the nodes, and where
 * the replicas are now; the order in which any of it is given does not matter.
 *
 * <p>What it guarantees for every shard that is not held:
 *
 * <ul>
 *   <li>It has as many replicas as it wants, or one on every node if there are fewer nodes; never
 *       two on one node.
 *   <li>They are in as many zones as there can be: all zones, or one for each replica.
 *   <li>Two nodes of one zone differ by at most one replica, when no shard is held. Nodes of
 *       different zones are evened out as far as the spread over zones allows.
 *   <li>A replica is moved only for one of these reasons: where all hold, nothing moves. A node
 *       that joins a zone of even nodes takes its share, and nobody else gets anything.
 * </ul>
 *
 * <p>Nodes that are as good as each other are told apart by rendezvous hashing, so that the shards
 * of one node are spread over all others when it is gone. A shard that is <em>held</em> stays where
 * it is and counts as load only.
 */
public final class Placement {
  private final Map<String, String> zones = new TreeMap<>();
  private final Map<String, TreeSet<PlacedShard>> onNode = new TreeMap<>();
  private final SortedMap<PlacedShard, TreeSet<String>> placed = new TreeMap<>();
  private final Set<PlacedShard> held;
  private Optional<Move> firstMove = Optional.empty();

  /** A replica more for a shard, so that another can be given up. */
  record Move(PlacedShard shard, String to) {}

  private Placement(Collection<PlacementNode> nodes, Set<PlacedShard> held) {
    for (PlacementNode node : nodes) {
      if (zones.put(node.name(), node.zone()) != null) {
        throw new IllegalArgumentException("two nodes are named " + node.name());
      }
      onNode.put(node.name(), new TreeSet<>());
    }
    this.held = Set.copyOf(held);
  }

  /**
   * Places the shards.
   *
   * @param wanted how many replicas each shard is to have, at least 1
   * @param nodes the nodes that replicas can be on
   * @param current where replicas are; of shards that are not wanted, and on other nodes, they are
   *     left out
   * @param held wanted shards that are left as they are
   * @return the nodes of each wanted shard
   */
  public static ImmutableSortedMap<PlacedShard, ImmutableSortedSet<String>> place(
      Map<PlacedShard, Integer> wanted,
      Collection<PlacementNode> nodes,
      Map<PlacedShard, ? extends Set<String>> current,
      Set<PlacedShard> held) {
    return placed(wanted, nodes, current, held).result();
  }

  /**
   * The first replica that has to move for the placement to be as promised. One alone: what comes
   * after it is right only once it has been made.
   */
  static Optional<Move> firstMove(
      Map<PlacedShard, Integer> wanted,
      Collection<PlacementNode> nodes,
      Map<PlacedShard, ? extends Set<String>> current,
      Set<PlacedShard> held) {
    return placed(wanted, nodes, current, held).firstMove;
  }

  private static Placement placed(
      Map<PlacedShard, Integer> wanted,
      Collection<PlacementNode> nodes,
      Map<PlacedShard, ? extends Set<String>> current,
      Set<PlacedShard> held) {
    var placement = new Placement(nodes, held);
    for (PlacedShard shard : new TreeSet<>(wanted.keySet())) {
      if (wanted.getOrDefault(shard, 0) < 1) {
        throw new IllegalArgumentException("shard " + shard + " wants no replica");
      }
      placement.start(shard, current.containsKey(shard) ? current.get(shard) : Set.of());
    }
    placement.correct(wanted);
    placement.even();
    return placement;
  }

  /**
   * Which replica of a shard to give up: never the only one of its zone while another zone has two,
   * else that of the node with most replicas.
   *
   * @param of the nodes to choose from, at least one
   * @param holders all nodes with a replica of the shard that stays or is chosen from
   * @param load replicas on each node
   */
  static String surplus(
      PlacedShard shard,
      Collection<PlacementNode> of,
      Collection<PlacementNode> holders,
      Map<String, Integer> load) {
    Map<String, Integer> perZone = new HashMap<>();
    holders.forEach(node -> perZone.merge(node.zone(), 1, Integer::sum));
    return of.stream()
        .max(
            Comparator.comparingInt(
                    (PlacementNode node) -> Math.min(2, perZone.getOrDefault(node.zone(), 0)))
                .thenComparingInt(node -> load.getOrDefault(node.name(), 0))
                .thenComparing(
                    Comparator.comparingLong((PlacementNode node) -> score(node.name(), shard))
                        .reversed())
                .thenComparing(PlacementNode::name))
        .orElseThrow()
        .name();
  }

  private void start(PlacedShard shard, Set<String> at) {
    placed.put(shard, new TreeSet<>());
    for (String node : new TreeSet<>(at)) {
      if (zones.containsKey(node)) {
        add(shard, node);
      }
    }
  }

  /** The right number of replicas in the right number of zones, whatever the load. */
  private void correct(Map<PlacedShard, Integer> wanted) {
    placed.forEach((shard, at) -> {
      int count = Math.min(wanted.getOrDefault(shard, 0), zones.size());
      while (!held.contains(shard) && at.size() > count) {
        remove(shard, surplus(shard, nodes(at), nodes(at), loads()));
      }
    });
    // After all that is too much has gone: what is added goes where there is least.
    placed.forEach((shard, at) -> {
      int count = Math.min(wanted.getOrDefault(shard, 0), zones.size());
      while (!held.contains(shard) && at.size() < count) {
        add(shard, best(shard).orElseThrow());
      }
      while (!held.contains(shard) && spread(shard)) {
        // Until no zone has two while another has none.
      }
    });
  }

  /** Moves one replica from a zone with several to one with none; false if there are not both. */
  private boolean spread(PlacedShard shard) {
    TreeSet<String> at = at(shard);
    long used = at.stream().map(this::zone).distinct().count();
    long all = zones.values().stream().distinct().count();
    if (used == at.size() || used == all) {
      return false;
    }
    String from = surplus(shard, nodes(at), nodes(at), loads());
    String to = best(shard).orElseThrow();
    move(shard, from, to);
    return true;
  }

  /** The node that the next replica goes to: of the zone with fewest, then with least load. */
  private Optional<String> best(PlacedShard shard) {
    TreeSet<String> at = at(shard);
    Map<String, Integer> perZone = new HashMap<>();
    at.forEach(node -> perZone.merge(zone(node), 1, Integer::sum));
    return zones.keySet().stream()
        .filter(node -> !at.contains(node))
        .min(
            Comparator.comparingInt((String node) -> perZone.getOrDefault(zone(node), 0))
                .thenComparingInt(this::load)
                .thenComparing(
                    Comparator.comparingLong((String node) -> score(node, shard)).reversed())
                .thenComparing(Comparator.naturalOrder()));
  }

  /**
   * Moves replicas from nodes with more to nodes with at least two less. Ends: each move makes the
   * sum of the squares of the loads smaller.
   */
  private void even() {
    while (moveOne()) {
      // Until nothing is gained.
    }
  }

  private boolean moveOne() {
    List<String> byLoad = new ArrayList<>(zones.keySet());
    byLoad.sort(Comparator.comparingInt(this::load).thenComparing(Comparator.naturalOrder()));
    for (String from : byLoad.reversed()) {
      for (String to : byLoad) {
        if (load(from) - load(to) < 2) {
          break;
        }
        Optional<PlacedShard> moved =
            shardsOn(from).stream()
                .filter(shard -> movable(shard, from, to))
                .max(
                    Comparator.comparingLong((PlacedShard shard) -> score(to, shard))
                        .thenComparing(Comparator.naturalOrder()));
        if (moved.isPresent()) {
          move(moved.get(), from, to);
          return true;
        }
      }
    }
    return false;
  }

  /** Whether a shard's replica can go there without being in fewer zones afterwards. */
  private boolean movable(PlacedShard shard, String from, String to) {
    TreeSet<String> at = at(shard);
    if (held.contains(shard) || at.contains(to)) {
      return false;
    }
    Set<String> after = new HashSet<>();
    at.stream().filter(node -> !node.equals(from)).forEach(node -> after.add(zone(node)));
    after.add(zone(to));
    return after.size() >= at.stream().map(this::zone).distinct().count();
  }

  private static long score(String node, PlacedShard shard) {
    return Hashing.murmur3_128()
        .newHasher()
        .putUnencodedChars(node)
        .putLong(shard.collectionId())
        .putInt(shard.shard())
        .hash()
        .asLong();
  }

  private void move(PlacedShard shard, String from, String to) {
    if (firstMove.isEmpty()) {
      firstMove = Optional.of(new Move(shard, to));
    }
    remove(shard, from);
    add(shard, to);
  }

  private void add(PlacedShard shard, String node) {
    at(shard).add(node);
    shardsOn(node).add(shard);
  }

  private void remove(PlacedShard shard, String node) {
    at(shard).remove(node);
    shardsOn(node).remove(shard);
  }

  private TreeSet<String> at(PlacedShard shard) {
    return placed.getOrDefault(shard, new TreeSet<>());
  }

  private TreeSet<PlacedShard> shardsOn(String node) {
    return onNode.getOrDefault(node, new TreeSet<>());
  }

  private int load(String node) {
    return shardsOn(node).size();
  }

  private Map<String, Integer> loads() {
    Map<String, Integer> loads = new HashMap<>();
    zones.keySet().forEach(node -> loads.put(node, load(node)));
    return loads;
  }

  private String zone(String node) {
    return zones.getOrDefault(node, "");
  }

  private List<PlacementNode> nodes(SortedSet<String> names) {
    return names.stream().map(name -> new PlacementNode(name, zone(name))).toList();
  }

  private ImmutableSortedMap<PlacedShard, ImmutableSortedSet<String>> result() {
    var result = ImmutableSortedMap.<PlacedShard, ImmutableSortedSet<String>>naturalOrder();
    placed.forEach((shard, at) -> result.put(shard, ImmutableSortedSet.copyOf(at)));
    return result.buildOrThrow();
  }
}
