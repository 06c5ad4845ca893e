package io.vecraft.journal.catalog;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.OwnPartition;
import io.vecraft.proto.journal.PartitionGroup;
import io.vecraft.proto.journal.SetPartitionGroup;
import io.vecraft.proto.journal.WantPartitionIn;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * On which journal nodes a partition is that is not on those of the others. Pure.
 *
 * <p>It comes there in steps of the SYSTEM log. It is <em>wanted</em> in a pool, with a number of
 * replicas. Control names the next <em>group</em>: the members that are to have it, and those that
 * had it before. The replicas are brought to the members one at a time, as it is with a node that
 * is replaced; then the group is <em>settled</em>: it is named again with nobody before it, and
 * whoever is not a member deletes what he has.
 *
 * <p>Invariant: until a group is settled, everybody who may have a replica that counts is in it. So
 * the log of SYSTEM alone says where the partition is led, and nothing that counts is deleted.
 */
public final class PartitionHomes {
  /** The replicas that a partition may have. */
  public static final int REPLICAS_MAX = 9;

  private static final int BEFORE_MAX = 3 * REPLICAS_MAX;

  private PartitionHomes() {}

  /** What is wanted of a partition and where it is; empty for one that is where the others are. */
  public static Optional<OwnPartition> of(ClusterState cluster, int partition) {
    return cluster.getOwnList().stream()
        .filter(own -> own.getWanted().getPartition() == partition)
        .findFirst();
  }

  /**
   * Whether the members of a group were chosen for what is wanted; if it is settled, they have it.
   */
  public static boolean isFor(PartitionGroup group, WantPartitionIn wanted) {
    return group.getPool().equals(wanted.getPool()) && group.getReplicas() == wanted.getReplicas();
  }

  /** Whether a partition is where it is wanted, and nowhere else. */
  public static boolean isThere(OwnPartition own) {
    return own.getGroup().getBeforeCount() == 0 && isFor(own.getGroup(), own.getWanted());
  }

  /**
   * Refuses a place that a partition cannot have.
   *
   * @throws VecraftException {@code not_found} for a partition that is not open; {@code
   *     invalid_argument} for SYSTEM, for what is no name of a pool, and for no replicas or too
   *     many of them; {@code conflict} where no control process has begun
   */
  public static void require(ClusterState cluster, Partitions open, WantPartitionIn wanted) {
    if (!open.all().contains(wanted.getPartition())) {
      throw new VecraftException(
          ErrorCode.NOT_FOUND,
          "no partition " + Integer.toUnsignedString(wanted.getPartition()),
          "partition");
    }
    if (wanted.getPartition() == Partitions.SYSTEM) {
      throw invalid(
          "partition 1, SYSTEM, stays on the journal's nodes: they keep the clock", "partition");
    }
    if (!NodePool.isName(NodePool.orShared(wanted.getPool()))) {
      throw invalid("the pool " + NodePool.mustBeName(wanted.getPool()), "pool");
    }
    int least = wanted.getPool().isEmpty() ? 0 : 1;
    if (wanted.getReplicas() < least || wanted.getReplicas() > REPLICAS_MAX) {
      throw invalid(
          "replicas %s not in %d to %d%s"
              .formatted(
                  Integer.toUnsignedString(wanted.getReplicas()),
                  least,
                  REPLICAS_MAX,
                  least == 0 ? ", 0 for as many as the journal has nodes" : ""),
          "replicas");
    }
    if (cluster.getControlEpoch() == 0) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "no control process has begun: a server of one process has one journal node",
          "partition");
    }
  }

  /** Wants a partition somewhere; the newest wish stands. */
  static ClusterState want(ClusterState now, Partitions open, WantPartitionIn wanted) {
    require(now, open, wanted);
    OwnPartition.Builder own =
        of(now, wanted.getPartition())
            .map(OwnPartition::toBuilder)
            .orElse(OwnPartition.newBuilder());
    return with(now, own.setWanted(wanted).build());
  }

  /**
   * The next group of a partition.
   *
   * @throws VecraftException {@code moved} when another was first, {@code invalid_argument} when it
   *     does not follow the one in force
   */
  static ClusterState set(ClusterState now, SetPartitionGroup change) {
    ClusterChanges.requireControl(now, change.getControlEpoch());
    PartitionGroup next = change.getGroup();
    OwnPartition own =
        of(now, next.getPartition())
            .orElseThrow(() ->
                invalid("partition " + next.getPartition() + " is wanted nowhere", "partition"));
    PartitionGroup before = own.getGroup();
    if (next.getEpoch() != before.getEpoch() + 1) {
      throw new VecraftException(
          ErrorCode.MOVED,
          "epoch %d of the nodes of partition %d does not follow %d"
              .formatted(next.getEpoch(), next.getPartition(), before.getEpoch()));
    }
    if (next.getMembersCount() > REPLICAS_MAX
        || ids(next.getMembersList()).size() != next.getMembersCount()) {
      throw invalid("at most " + REPLICAS_MAX + " different members have a partition", "members");
    }
    if (next.getBeforeCount() == 0) {
      if (!next.getMembersList().equals(before.getMembersList())) {
        throw invalid("the members are not those that it was brought to", "members");
      }
    } else {
      Set<String> mayHaveIt = ids(before.getBeforeList());
      mayHaveIt.addAll(ids(before.getMembersList()));
      mayHaveIt.removeAll(ids(next.getMembersList()));
      mayHaveIt.removeAll(ids(next.getBeforeList()));
      if (!mayHaveIt.isEmpty() || next.getBeforeCount() > BEFORE_MAX) {
        throw invalid("somebody who may have the partition is left out: " + mayHaveIt, "before");
      }
    }
    return with(now, own.toBuilder().setGroup(next).build());
  }

  private static ClusterState with(ClusterState now, OwnPartition changed) {
    var all = new TreeMap<Integer, OwnPartition>();
    now.getOwnList().forEach(own -> all.put(own.getWanted().getPartition(), own));
    all.put(changed.getWanted().getPartition(), changed);
    return now.toBuilder().clearOwn().addAllOwn(all.values()).build();
  }

  private static Set<String> ids(List<JournalMember> members) {
    Set<String> ids = new HashSet<>();
    members.forEach(member -> ids.add(JournalLayout.replicaId(member)));
    return ids;
  }

  private static VecraftException invalid(String message, String field) {
    return new VecraftException(ErrorCode.INVALID_ARGUMENT, message, field);
  }
}
