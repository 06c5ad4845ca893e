package io.vecraft.journal.meta.placement;

import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.PartitionHomes;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.proto.journal.OwnPartition;
import io.vecraft.proto.journal.PartitionGroup;
import io.vecraft.proto.journal.WantPartitionIn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which journal nodes a partition is to have that is wanted elsewhere than the others. Pure. One at
 * a time, for the first partition to which one of these applies:
 *
 * <ol>
 *   <li>its replicas have come to where they were to be: the group is settled
 *   <li>it is settled, and is wanted in another pool or with another number of replicas: once as
 *       many nodes of the pool are there, it gets those
 *   <li>one of its nodes is gone, is to leave, or has lost what it knew: another one of the pool
 *       gets its place, if there is one
 * </ol>
 *
 * <p>Of several nodes those are taken whose zones have the fewest of its replicas, then those that
 * have the fewest partitions. Nodes of the shared pool are those that the journal has, without
 * spares.
 */
public final class PartitionPlan {
  private final JournalLayout layout;
  private final Map<String, NodeRegistration> registered = new HashMap<>(); // by name
  private final Set<String> gone;
  private final Set<String> leaving;
  private final Map<String, Integer> load = new HashMap<>(); // partitions, by name

  private PartitionPlan(
      JournalLayout layout,
      List<NodeRegistration> registered,
      Set<String> gone,
      Set<String> leaving) {
    this.layout = layout;
    registered.forEach(node -> this.registered.put(node.getName(), node));
    this.gone = gone;
    this.leaving = leaving;
    layout.own().values().stream()
        .flatMap(group -> group.getMembersList().stream())
        .forEach(member -> load.merge(member.getName(), 1, Integer::sum));
  }

  /**
   * What is to be done.
   *
   * @param next the group that follows
   * @param reason for a person
   */
  public record Change(PartitionGroup next, String reason) {}

  /**
   * The next group of a partition; empty when all are as they should be, or nobody can take a
   * place.
   *
   * @param registered the journal nodes that are registered
   * @param gone ids of replicas whose nodes have been away for longer than is waited for
   * @param leaving names of nodes that are to leave
   * @param agreed ids of the replicas, of the partitions whose replicas have committed that it is
   *     they, and are all there
   */
  public static Optional<Change> of(
      ClusterState state,
      JournalLayout layout,
      List<NodeRegistration> registered,
      Set<String> gone,
      Set<String> leaving,
      Map<Integer, Set<String>> agreed) {
    var plan = new PartitionPlan(layout, registered, gone, leaving);
    for (OwnPartition own : state.getOwnList()) {
      int partition = own.getWanted().getPartition();
      Optional<Change> change =
          plan.next(own.getWanted(), agreed.getOrDefault(partition, Set.of()));
      if (change.isPresent()) {
        return change;
      }
    }
    return Optional.empty();
  }

  private Optional<Change> next(WantPartitionIn wanted, Set<String> agreed) {
    int partition = wanted.getPartition();
    PartitionGroup group = layout.of(partition);
    boolean underWay = group.getBeforeCount() > 0;
    if (underWay && agreed.equals(ids(layout.members(partition)))) {
      PartitionGroup settled =
          group.toBuilder().setEpoch(group.getEpoch() + 1).clearBefore().build();
      return Optional.of(
          new Change(settled, "partition %d has come to %s".formatted(partition, agreed)));
    }
    if (underWay && group.getMembersList().stream().allMatch(this::stays)) {
      return Optional.empty();
    }
    List<JournalMember> target = target(wanted);
    boolean asOthers = target.isEmpty();
    boolean there =
        PartitionHomes.isFor(group, wanted)
            && (asOthers || ids(target).equals(ids(layout.members(partition))));
    boolean enough = asOthers ? wanted.getReplicas() == 0 : target.size() == wanted.getReplicas();
    if (there || !enough) {
      return Optional.empty();
    }
    return Optional.of(
        new Change(
            PartitionGroup.newBuilder()
                .setPartition(partition)
                .setEpoch(group.getEpoch() + 1)
                .addAllMembers(target)
                .addAllBefore(layout.mayLead(partition))
                .setPool(wanted.getPool())
                .setReplicas(wanted.getReplicas())
                .build(),
            "partition %d goes from %s to %s"
                .formatted(
                    partition,
                    ids(layout.members(partition)),
                    asOthers ? "where the others are" : ids(target))));
  }

  /** Who is to have it, as far as there is somebody; nobody for where the others are. */
  private List<JournalMember> target(WantPartitionIn wanted) {
    String pool = NodePool.orShared(wanted.getPool());
    if (pool.equals(NodePool.SHARED) && wanted.getReplicas() == 0) {
      return List.of();
    }
    var target = new ArrayList<JournalMember>();
    for (JournalMember member : layout.members(wanted.getPartition())) {
      if (target.size() < wanted.getReplicas() && isOf(pool, member) && stays(member)) {
        target.add(member);
      }
    }
    List<JournalMember> others = new ArrayList<>(candidates(pool));
    while (target.size() < wanted.getReplicas()) {
      Set<String> taken = new HashSet<>();
      target.forEach(member -> taken.add(member.getName()));
      others.removeIf(other -> taken.contains(other.getName()));
      Optional<JournalMember> best = others.stream().min(better(target));
      if (best.isEmpty()) {
        break;
      }
      target.add(best.get());
    }
    return target;
  }

  private Comparator<JournalMember> better(List<JournalMember> than) {
    Map<String, Integer> zones = new HashMap<>();
    than.forEach(member -> zones.merge(zone(member), 1, Integer::sum));
    return Comparator.comparingInt((JournalMember one) -> zones.getOrDefault(zone(one), 0))
        .thenComparingInt(one -> load.getOrDefault(one.getName(), 0))
        .thenComparing(JournalMember::getName);
  }

  private String zone(JournalMember member) {
    return Optional.ofNullable(registered.get(member.getName()))
        .map(NodeRegistration::getZone)
        .orElse("");
  }

  private List<JournalMember> candidates(String pool) {
    if (pool.equals(NodePool.SHARED)) {
      return layout.shared().getMembersList().stream().filter(this::stays).toList();
    }
    return registered.values().stream()
        .filter(node -> NodePool.of(node).equals(pool))
        .filter(node -> !node.getReplica().isEmpty() && !node.getRaftAddress().isEmpty())
        .map(PartitionPlan::member)
        .filter(this::stays)
        .toList();
  }

  /** Whether a member is in a pool; one that is not registered now is where it was. */
  private boolean isOf(String pool, JournalMember member) {
    boolean shared =
        ids(layout.shared().getMembersList()).contains(JournalLayout.replicaId(member));
    if (pool.equals(NodePool.SHARED)) {
      return shared;
    }
    NodeRegistration node = registered.get(member.getName());
    return !shared && (node == null || NodePool.of(node).equals(pool));
  }

  /** Whether a node can have replicas: it is not gone, does not leave, and is who it was. */
  private boolean stays(JournalMember member) {
    String id = JournalLayout.replicaId(member);
    NodeRegistration node = registered.get(member.getName());
    boolean another =
        node != null && JournalPlan.generation(node.getReplica()) > JournalPlan.generation(id);
    return !another && !gone.contains(id) && !leaving.contains(member.getName());
  }

  static JournalMember member(NodeRegistration node) {
    return JournalMember.newBuilder()
        .setName(node.getName())
        .setAddress(node.getAddress())
        .setRaftAddress(node.getRaftAddress())
        .setReplica(node.getReplica())
        .build();
  }

  private static Set<String> ids(List<JournalMember> members) {
    Set<String> ids = new TreeSet<>();
    members.forEach(member -> ids.add(JournalLayout.replicaId(member)));
    return ids;
  }
}
