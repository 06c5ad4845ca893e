package io.vecraft.journal.meta.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What placement promises, for clusters and wishes of any form. */
class PlacementTest {

  /** Any number of replicas, wherever they are now. */
  private record Case(
      Map<PlacedShard, Integer> wanted,
      List<PlacementNode> nodes,
      Map<PlacedShard, Set<String>> current) {
    Map<PlacedShard, Set<String>> place() {
      return new TreeMap<>(Placement.place(wanted, nodes, current, Set.of()));
    }

    Case with(List<PlacementNode> others, Map<PlacedShard, Set<String>> at) {
      return new Case(wanted, others, new TreeMap<>(at));
    }
  }

  private static Case random(long seed, int shards, int nodes, int zones) {
    var random = new Random(seed);
    var wanted = new TreeMap<PlacedShard, Integer>();
    for (int i = 0; i < shards; i++) {
      wanted.put(new PlacedShard(1 + i / 4, i % 4), 1 + random.nextInt(5));
    }
    List<PlacementNode> all = nodes(nodes, zones, random);
    var current = new TreeMap<PlacedShard, Set<String>>();
    for (PlacedShard shard : wanted.keySet()) {
      var at = new TreeSet<String>();
      for (int i = random.nextInt(4); i > 0; i--) {
        // Some are on nodes that are gone.
        at.add("node-" + random.nextInt(nodes + 2));
      }
      current.put(shard, at);
    }
    return new Case(wanted, all, current);
  }

  private static List<PlacementNode> nodes(int count, int zones, Random random) {
    var nodes = new ArrayList<PlacementNode>();
    for (int i = 0; i < count; i++) {
      nodes.add(new PlacementNode("node-" + i, "zone-" + random.nextInt(zones)));
    }
    return nodes;
  }

  @Property
  void everyShardHasItsReplicasOnNodesOfTheirOwn(
      @ForAll long seed,
      @ForAll @IntRange(max = 40) int shards,
      @ForAll @IntRange(min = 1, max = 9) int nodes,
      @ForAll @IntRange(min = 1, max = 4) int zones) {
    Case any = random(seed, shards, nodes, zones);
    Map<PlacedShard, Set<String>> placed = any.place();
    assertThat(placed.keySet()).isEqualTo(any.wanted().keySet());
    Set<String> names = new HashSet<>(any.nodes().stream().map(PlacementNode::name).toList());
    placed.forEach((shard, at) -> {
      assertThat(at).hasSize(Math.min(any.wanted().getOrDefault(shard, 0), nodes));
      assertThat(names).containsAll(at);
    });
  }

  @Property
  void replicasAreInAsManyZonesAsThereCanBe(
      @ForAll long seed,
      @ForAll @IntRange(max = 40) int shards,
      @ForAll @IntRange(min = 1, max = 9) int nodes,
      @ForAll @IntRange(min = 1, max = 4) int zones) {
    Case any = random(seed, shards, nodes, zones);
    long all = any.nodes().stream().map(PlacementNode::zone).distinct().count();
    any.place()
        .forEach((shard, at) -> {
          long used =
              any.nodes().stream()
                  .filter(n -> at.contains(n.name()))
                  .map(PlacementNode::zone)
                  .distinct()
                  .count();
          assertThat(used).isEqualTo(Math.min(all, at.size()));
        });
  }

  @Property
  void nodesOfOneZoneDifferByOneAtMost(
      @ForAll long seed,
      @ForAll @IntRange(max = 60) int shards,
      @ForAll @IntRange(min = 1, max = 9) int nodes,
      @ForAll @IntRange(min = 1, max = 3) int zones) {
    Case any = random(seed, shards, nodes, zones);
    Map<PlacedShard, Set<String>> placed = any.place();
    for (PlacementNode one : any.nodes()) {
      for (PlacementNode other : any.nodes()) {
        if (one.zone().equals(other.zone())) {
          assertThat(load(placed, one.name()) - load(placed, other.name())).isLessThanOrEqualTo(1);
        }
      }
    }
  }

  @Property
  void nothingMovesWithoutAReason(
      @ForAll long seed,
      @ForAll @IntRange(max = 40) int shards,
      @ForAll @IntRange(min = 1, max = 9) int nodes,
      @ForAll @IntRange(min = 1, max = 4) int zones) {
    Case any = random(seed, shards, nodes, zones);
    Map<PlacedShard, Set<String>> placed = any.place();
    List<PlacementNode> reversed = any.nodes().reversed();
    Map<PlacedShard, Set<String>> again = any.with(reversed, placed).place();
    assertThat(again).isEqualTo(placed);
  }

  @Property
  void aNodeThatJoinsTakesItsShareAndNobodyElseAnything(
      @ForAll long seed,
      @ForAll @IntRange(max = 60) int shards,
      @ForAll @IntRange(min = 1, max = 9) int nodes) {
    Case any = random(seed, shards, nodes, 1);
    // As many on each as will be: then a node more is a reason to move, not to add.
    any.wanted().replaceAll((shard, count) -> Math.min(count, nodes));
    Map<PlacedShard, Set<String>> before = any.place();
    var more = new ArrayList<>(any.nodes());
    more.add(new PlacementNode("the-new-one", "zone-0"));
    Map<PlacedShard, Set<String>> after = any.with(more, before).place();
    int total = after.values().stream().mapToInt(Set::size).sum();
    int taken = load(after, "the-new-one");
    assertThat(taken).isBetween(total / (nodes + 1), total / (nodes + 1) + 1);
    after.forEach((shard, at) -> {
      var others = new TreeSet<>(at);
      others.remove("the-new-one");
      assertThat(before.get(shard)).containsAll(others);
    });
  }

  @Property
  void aNodeThatLeavesMovesLittleMoreThanItHad(
      @ForAll long seed,
      @ForAll @IntRange(max = 60) int shards,
      @ForAll @IntRange(min = 2, max = 9) int nodes) {
    Case any = random(seed, shards, nodes, 1);
    Map<PlacedShard, Set<String>> before = any.place();
    var fewer = new ArrayList<>(any.nodes());
    String gone = fewer.remove(new Random(seed).nextInt(nodes)).name();
    Map<PlacedShard, Set<String>> after = any.with(fewer, before).place();
    int came = 0;
    for (PlacedShard shard : after.keySet()) {
      var fresh = new TreeSet<>(after.getOrDefault(shard, Set.of()));
      fresh.removeAll(before.getOrDefault(shard, Set.of()));
      came += fresh.size();
    }
    assertThat(came).isLessThanOrEqualTo(2 * load(before, gone));
  }

  @Property
  void whatIsHeldStays(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int shards,
      @ForAll @IntRange(min = 1, max = 9) int nodes) {
    Case any = random(seed, shards, nodes, 2);
    var held = new TreeSet<PlacedShard>();
    var random = new Random(seed);
    any.wanted().keySet().stream().filter(s -> random.nextBoolean()).forEach(held::add);
    Map<PlacedShard, Set<String>> placed =
        new TreeMap<>(Placement.place(any.wanted(), any.nodes(), any.current(), held));
    Set<String> names = new HashSet<>(any.nodes().stream().map(PlacementNode::name).toList());
    for (PlacedShard shard : held) {
      var there = new TreeSet<>(any.current().getOrDefault(shard, Set.of()));
      there.retainAll(names);
      assertThat(placed.get(shard)).isEqualTo(there);
    }
  }

  private static int load(Map<PlacedShard, Set<String>> placed, String node) {
    return (int) placed.values().stream().filter(at -> at.contains(node)).count();
  }
}
