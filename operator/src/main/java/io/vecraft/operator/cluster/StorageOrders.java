package io.vecraft.operator.cluster;

import io.vecraft.operator.engine.GatewayException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Tells storage nodes what a {@link StoragePlan} wants, and what is to be after what they answered.
 * What was wanted of a node is remembered also where it is not known whether the node has heard of
 * it: who is remembered can be told to stay, and who is not would leave for good.
 */
final class StorageOrders {
  private final Nodes nodes;
  private final String set;

  /** The storage nodes of a cluster, through its gateways. */
  interface Nodes {
    /** Replicas that are left on each node that has been told to leave. */
    Map<String, Long> leaving() throws GatewayException;

    /** Tells a node to leave; false when nobody knows it. */
    boolean leave(String node) throws GatewayException;

    /** Tells a node to stay. */
    void stay(String node) throws GatewayException;
  }

  /**
   * For one set of them.
   *
   * @param set name of the StatefulSet
   */
  StorageOrders(Nodes nodes, String set) {
    this.nodes = nodes;
    this.set = set;
  }

  /**
   * Gives the orders.
   *
   * @param wanted nodes
   * @param there nodes that there are
   * @param told nodes that the operator has told to leave
   */
  StoragePlan give(int wanted, int there, Set<String> told) {
    Set<String> meant = told;
    try {
      var leaving = new TreeMap<>(nodes.leaving());
      StoragePlan plan = StoragePlan.of(wanted, there, told, leaving, set);
      meant = union(told, plan.told());
      for (String node : plan.stay()) {
        nodes.stay(node);
      }
      List<String> refused = leave(plan.leave(), leaving);
      return with(StoragePlan.of(wanted, there, told, leaving, set), refused);
    } catch (GatewayException e) {
      return StoragePlan.unchanged(
          there, meant, "storage nodes cannot leave or stay: " + e.getMessage());
    }
  }

  /**
   * Tells nodes to leave, each whether or not others refuse; where there is no answer, others are
   * not asked in vain.
   *
   * @param leaving gets those that nobody knows: they have nothing
   * @return what was answered but yes
   */
  private List<String> leave(List<String> tell, Map<String, Long> leaving) {
    var refused = new ArrayList<String>();
    for (String node : tell) {
      try {
        if (!nodes.leave(node)) {
          leaving.put(node, 0L);
        }
      } catch (GatewayException e) {
        refused.add(node + " cannot: " + e.getMessage());
        if (e.isTransient()) {
          break;
        }
      }
    }
    return refused;
  }

  /** How many there are to be follows from what is left on them, whoever else has refused. */
  private static StoragePlan with(StoragePlan plan, List<String> refused) {
    if (refused.isEmpty()) {
      return plan;
    }
    var waiting = new ArrayList<String>();
    plan.waiting().ifPresent(waiting::add);
    waiting.addAll(refused);
    return new StoragePlan(
        plan.replicas(),
        plan.leave(),
        plan.stay(),
        plan.told(),
        Optional.of(String.join("; ", waiting)));
  }

  private static Set<String> union(Set<String> a, Set<String> b) {
    var all = new TreeSet<>(a);
    all.addAll(b);
    return all;
  }
}
