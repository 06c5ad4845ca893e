package io.vecraft.journal.meta.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.meta.placement.ObservedNode.ObservedReplica;
import io.vecraft.journal.meta.placement.ObservedNode.Presence;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.LeavingNode;
import io.vecraft.proto.journal.ReplicaPlacement;
import io.vecraft.proto.journal.ReplicaStage;
import io.vecraft.proto.journal.ShardPlacement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The plan for one state after another, as text. */
class ReplicaPlanTest {
  private static final ReplicaPlan.Settings SETTINGS = new ReplicaPlan.Settings(2, 1);

  /**
   * The plan of a state. Lines: {@code NAME ZONE here|away|gone [SHARD+...]}, a shard that the node
   * has caught up with and serves ({@code 0+}), has caught up with ({@code 0=}) or has ({@code
   * 0-}); {@code shard N: NODE=STAGE ...} of a collection of two replicas each; and {@code leaves
   * NAME [forced]}; {@code in POOL NAME ...}, before the nodes that it tells of; and {@code wants
   * POOL} of the collection.
   */
  private static String plan(String state) {
    var nodes = new ArrayList<ObservedNode>();
    var placements = new ArrayList<ShardPlacement>();
    var cluster = ClusterState.newBuilder().setControlEpoch(1);
    Map<String, String> pools = new HashMap<>();
    String wanted = "";
    for (String line : state.strip().split("\n")) {
      List<String> words = List.of(line.strip().split("[: ]+"));
      if (words.getFirst().equals("shard")) {
        var shard = ShardPlacement.newBuilder().setShard(Integer.parseInt(words.get(1)));
        for (String replica : words.subList(2, words.size())) {
          String[] parts = replica.split("=", -1);
          shard.addReplicas(
              ReplicaPlacement.newBuilder()
                  .setNode(parts[0])
                  .setStage(ReplicaStage.valueOf(parts[1].toUpperCase(Locale.ROOT))));
        }
        placements.add(shard.setMapVersion(7).build());
      } else if (words.getFirst().equals("in")) {
        words.subList(2, words.size()).forEach(name -> pools.put(name, words.get(1)));
      } else if (words.getFirst().equals("wants")) {
        wanted = words.get(1);
      } else if (words.getFirst().equals("leaves")) {
        cluster.addLeaving(
            LeavingNode.newBuilder().setNode(words.get(1)).setForced(words.contains("forced")));
      } else {
        Map<PlacedShard, ObservedReplica> replicas = new HashMap<>();
        for (String has : words.subList(3, words.size())) {
          char how = has.charAt(has.length() - 1);
          replicas.put(
              new PlacedShard(1, Integer.parseInt(has.substring(0, has.length() - 1))),
              new ObservedReplica(how == '+', how != '-'));
        }
        nodes.add(
            new ObservedNode(
                words.get(0),
                words.get(1),
                Optional.of(pools.getOrDefault(words.get(0), NodePool.SHARED)),
                Presence.valueOf(words.get(2).toUpperCase(Locale.ROOT)),
                replicas));
      }
    }
    CollectionState collection =
        CollectionState.newBuilder()
            .setId(1)
            .setDefinition(
                CollectionDefinition.newBuilder()
                    .setName("c")
                    .setShards(placements.size())
                    .setPool(wanted))
            .addAllPlacements(placements)
            .build();
    Catalog catalog =
        Catalog.restore(new Partitions(1), 1, 2, List.of(collection), List.of(), cluster.build());
    return ReplicaPlan.of(catalog, nodes, SETTINGS).stream()
        .map(change ->
            change.shard().shard()
                + ": "
                + change.replicas().entrySet().stream()
                    .map(e -> e.getKey() + "=" + e.getValue().name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(" ")))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void aNewCollectionIsPlacedWhereItHasBeenOpened() {
    assertThat(
            plan("""
            a z here 0+ 1+
            b z here 0+ 1+
            c z here 0+ 1+
            shard 0:
            shard 1:
            """)
                .lines())
        .hasSize(2)
        .allMatch(line -> line.matches("\\d: \\w=serving \\w=serving"));
  }

  @Test
  void aCollectionThatNobodyHasYetIsLeftAlone() {
    assertThat(
            plan(
                """
                a z here
                b z here 0-
                shard 0:
                """))
        .isEmpty();
  }

  @Test
  void aFirstPlaceThatHasNotCaughtUpJoins() {
    assertThat(
            plan(
                """
                a x here 0+
                b y here 0-
                shard 0:
                """))
        .isEqualTo("0: a=serving b=joining");
  }

  @Test
  void aCollectionOfAPoolIsPlacedThereAlone() {
    assertThat(
            plan(
                """
                in own c d
                a z here 0+
                b z here 0+
                c z here 0+
                d z here 0+
                wants own
                shard 0:
                """))
        .isEqualTo("0: c=serving d=serving");
  }

  @Test
  void aCollectionThatGetsAPoolMovesOneReplicaAfterTheOther() {
    String nodes =
        """
        in own c d
        a z here 0+
        b z here 0+
        c z here %s
        d z here %s
        wants own
        shard 0: a=serving b=serving %s
        """;
    assertThat(plan(nodes.formatted("", "", ""))).matches("0: a=serving b=serving [cd]=joining");
    assertThat(plan(nodes.formatted("0=", "", "c=joining")))
        .isEqualTo("0: a=serving b=serving c=serving");
    assertThat(plan(nodes.formatted("0+", "", "c=serving")))
        .isEqualTo("0: a=serving b=serving c=serving d=joining");
    assertThat(plan(nodes.formatted("0+", "0+", "c=serving d=serving")))
        .isEqualTo("0: a=leaving b=leaving c=serving d=serving");
  }

  @Test
  void aPoolWithoutNodesKeepsACollectionWhereItIs() {
    assertThat(
            plan(
                """
                a z here 0+
                b z here 0+
                wants own
                shard 0: a=serving b=serving
                """))
        .isEmpty();
  }

  @Test
  void aPoolWhoseNodesAreAwayDoesNotTakeFewerReplicasForEnough() {
    assertThat(
            plan(
                """
                in own c d
                a z here 0+
                b z here 0+
                c z here 0+
                d z away
                wants own
                shard 0: a=serving b=serving c=serving
                """))
        .isEmpty();
  }

  @Test
  void aPoolOfOneNodeIsEnoughForItself() {
    assertThat(
            plan(
                """
                in own c
                a z here 0+
                b z here 0+
                c z here 0+
                wants own
                shard 0: a=serving b=serving c=serving
                """))
        .isEqualTo("0: a=leaving b=leaving c=serving");
  }

  @Test
  void aLostReplicaOfAPoolIsMadeInThePool() {
    assertThat(
            plan(
                """
                in own c d e
                a z here
                b z here
                c z gone
                d z here 0+
                e z here
                wants own
                shard 0: c=serving d=serving
                """))
        .isEqualTo("0: c=serving d=serving e=joining");
  }

  @Test
  void aReplicaThatJoinsInAPoolThatIsNotWantedAnyMoreIsGivenUp() {
    assertThat(
            plan(
                """
                in own c
                a z here 0+
                b z here 0+
                c z here
                shard 0: a=serving b=serving c=joining
                """))
        .isEqualTo("0: a=serving b=serving");
  }

  @Test
  void aNodeThatIsAwayIsWaitedFor() {
    assertThat(
            plan(
                """
                a z here 0+
                b z away
                c z here
                shard 0: a=serving b=serving
                """))
        .isEmpty();
  }

  @Test
  void aNodeThatIsGoneIsReplacedAndThenTakenOut() {
    assertThat(
            plan(
                """
                a z here 0+
                b z gone
                c z here
                shard 0: a=serving b=serving
                """))
        .isEqualTo("0: a=serving b=serving c=joining");
    assertThat(
            plan(
                """
                a z here 0+
                b z gone
                c z here 0-
                shard 0: a=serving b=serving c=joining
                """))
        .isEmpty();
    assertThat(
            plan(
                """
                a z here 0+
                b z gone
                c z here 0=
                shard 0: a=serving b=serving c=joining
                """))
        .isEqualTo("0: a=serving b=serving c=serving");
    assertThat(
            plan(
                """
                a z here 0+
                b z gone
                c z here 0=
                shard 0: a=serving b=serving c=serving
                """))
        .as("not before it is seen to serve")
        .isEmpty();
    assertThat(
            plan(
                """
                a z here 0+
                b z gone
                c z here 0+
                shard 0: a=serving b=serving c=serving
                """))
        .isEqualTo("0: a=serving c=serving");
  }

  @Test
  void aNodeThatNothingCanReplaceStaysInTheMap() {
    assertThat(
            plan(
                """
                a z here 0+
                b z gone
                shard 0: a=serving b=serving
                """))
        .isEmpty();
  }

  @Test
  void whenAllReplicasAreGoneTheJournalMakesOne() {
    assertThat(
            plan(
                """
                a z gone
                b z here
                shard 0: a=serving
                """))
        .isEqualTo("0: a=serving b=joining");
  }

  @Test
  void oneRepairAtATime() {
    assertThat(
            plan(
                """
                a z here 0+ 1+
                b z gone
                c z here
                shard 0: a=serving b=serving
                shard 1: a=serving b=serving
                """))
        .isEqualTo("0: a=serving b=serving c=joining");
  }

  @Test
  void aRepairOvertakesAMoveThatIsStuck() {
    assertThat(
            plan(
                """
                a z here 0+ 1+
                b z gone
                c z here 0+
                d z here 0-
                shard 0: a=serving c=serving d=joining
                shard 1: a=serving b=serving
                """))
        .startsWith("1: a=serving b=serving");
  }

  @Test
  void aNodeThatJoinsGetsOneReplicaAfterAnother() {
    String first =
        plan(
            """
            a z here 0+ 1+ 2+ 3+
            b z here 0+ 1+ 2+ 3+
            c z here
            shard 0: a=serving b=serving
            shard 1: a=serving b=serving
            shard 2: a=serving b=serving
            shard 3: a=serving b=serving
            """);
    assertThat(first).matches("\\d: a=serving b=serving c=joining");
  }

  @Test
  void theOneTooMuchLeavesAndIsTakenOutWhenOthersServe() {
    assertThat(
            plan("""
            a z here 0+ 1+ 2+
            b z here 0+ 1+
            c z here 0+
            shard 0: a=serving b=serving c=serving
            shard 1: a=serving b=serving
            shard 2: a=serving
            """)
                .lines()
                .findFirst())
        .contains("0: a=leaving b=serving c=serving");
    assertThat(
            plan(
                """
                a z here 0+
                b z here 0+
                c z here 0=
                shard 0: a=leaving b=serving c=serving
                """))
        .isEmpty();
    assertThat(
            plan(
                """
                a z here 0+
                b z here 0+
                c z here 0+
                shard 0: a=leaving b=serving c=serving
                """))
        .isEqualTo("0: b=serving c=serving");
  }

  @Test
  void oneThatLeavesStaysWhenItsSuccessorIsLost() {
    assertThat(
            plan(
                """
                a z here 0+
                b z here 0+
                c z gone
                shard 0: a=leaving b=serving c=serving
                """))
        .isEqualTo("0: a=serving b=serving");
  }

  @Test
  void withoutANodeNothingIsPlanned() {
    assertThat(
            plan(
                """
                a z gone
                b z away
                shard 0: a=serving b=serving
                """))
        .isEmpty();
  }

  @Test
  void whatIsOnANodeThatLeavesIsMadeElsewhereFirst() {
    assertThat(
            plan(
                """
                a z here 0+
                b z here 0+
                c z here
                leaves b
                shard 0: a=serving b=serving
                """))
        .isEqualTo("0: a=serving b=serving c=joining");
    assertThat(
            plan(
                """
                a z here 0+
                b z here 0+
                c z here 0-
                leaves b
                shard 0: a=serving b=serving c=serving
                """))
        .isEmpty();
    assertThat(
            plan(
                """
                a z here 0+
                b z here 0+
                c z here 0+
                leaves b
                shard 0: a=serving b=serving c=serving
                """))
        .isEqualTo("0: a=serving b=leaving c=serving");
    assertThat(
            plan(
                """
                a z here 0+
                b z here 0+
                c z here 0+
                leaves b
                shard 0: a=serving b=leaving c=serving
                """))
        .isEqualTo("0: a=serving c=serving");
  }

  @Test
  void aNodeThatLeavesGetsNothingNew() {
    assertThat(
            plan(
                """
                a z here 0+ 1+
                b z here 0+ 1+
                c z here
                leaves c
                shard 0: a=serving b=serving
                shard 1: a=serving b=serving
                """))
        .isEmpty();
    assertThat(
            plan(
                """
                a z here 0+
                b z here 0+
                c z here 0=
                leaves c
                shard 0: a=serving b=serving c=joining
                """))
        .isEqualTo("0: a=serving b=serving");
  }

  @Test
  void aNodeThatLeavesIsKeptWhileTooFewStayUnlessItIsForced() {
    String state =
        """
        a z here 0+
        b z here 0+
        leaves b %s
        shard 0: a=serving b=%s
        """;
    assertThat(plan(state.formatted("", "serving"))).isEmpty();
    assertThat(plan(state.formatted("forced", "serving"))).isEqualTo("0: a=serving b=leaving");
    assertThat(plan(state.formatted("forced", "leaving"))).isEqualTo("0: a=serving");
  }

  @Test
  void theLastNodeIsNeverEmptied() {
    assertThat(
            plan(
                """
                a z here 0+
                leaves a forced
                shard 0: a=serving
                """))
        .isEmpty();
  }
}
