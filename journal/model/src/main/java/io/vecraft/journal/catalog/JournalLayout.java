package io.vecraft.journal.catalog;

import com.google.common.collect.ImmutableMap;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.OwnPartition;
import io.vecraft.proto.journal.PartitionGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which journal nodes have a replica of which partition. Immutable.
 *
 * @param shared the journal's group: the clock group, and the nodes of every partition that has
 *     none of its own
 * @param own by partition
 */
public record JournalLayout(JournalGroup shared, ImmutableMap<Integer, PartitionGroup> own) {

  /** As the record of a cluster says; what SYSTEM says of single partitions is not known yet. */
  public static JournalLayout of(ClusterRecord cluster) {
    return new JournalLayout(
        JournalGroup.newBuilder()
            .setEpoch(cluster.getClockEpoch())
            .addAllMembers(cluster.getJournalList())
            .build(),
        ImmutableMap.of());
  }

  /** As SYSTEM says, and the record of the cluster as far as it says nothing. */
  public static JournalLayout of(ClusterState state, ClusterRecord cluster) {
    var own = new HashMap<Integer, PartitionGroup>();
    for (OwnPartition one : state.getOwnList()) {
      if (one.hasGroup()) {
        own.put(one.getGroup().getPartition(), one.getGroup());
      }
    }
    return new JournalLayout(
        state.hasJournal() ? state.getJournal() : of(cluster).shared, ImmutableMap.copyOf(own));
  }

  /** Id of a member's replicas and of its part of the clock. */
  public static String replicaId(JournalMember member) {
    return member.getReplica().isEmpty() ? member.getName() : member.getReplica();
  }

  /** With another group of the journal; one that is not newer changes nothing. */
  public JournalLayout with(JournalGroup newer) {
    return newer.getEpoch() > shared.getEpoch() ? new JournalLayout(newer, own) : this;
  }

  /** With another group of a partition; one that is not newer changes nothing. */
  public JournalLayout with(PartitionGroup newer) {
    if (newer.getEpoch() <= of(newer.getPartition()).getEpoch()) {
      return this;
    }
    var changed = new HashMap<>(own);
    changed.put(newer.getPartition(), newer);
    return new JournalLayout(shared, ImmutableMap.copyOf(changed));
  }

  /** The group of a partition's own; with nobody in it where it has none. */
  public PartitionGroup of(int partition) {
    return own.getOrDefault(partition, PartitionGroup.newBuilder().setPartition(partition).build());
  }

  /** Those that are to have the partition. */
  public List<JournalMember> members(int partition) {
    List<JournalMember> members = of(partition).getMembersList();
    return members.isEmpty() ? shared.getMembersList() : members;
  }

  /** Those that may lead the partition, each once: the members, and whoever had it before. */
  public List<JournalMember> mayLead(int partition) {
    PartitionGroup group = of(partition);
    var all = new LinkedHashMap<String, JournalMember>();
    var candidates = new ArrayList<>(members(partition));
    if (group.getMembersCount() == 0) {
      candidates.addAll(shared.getBeforeList());
    }
    candidates.addAll(group.getBeforeList());
    candidates.forEach(member -> all.putIfAbsent(replicaId(member), member));
    return List.copyOf(all.values());
  }

  /** Everybody who has a replica of anything, or may have. */
  public List<JournalMember> all() {
    Map<String, JournalMember> all = new LinkedHashMap<>();
    shared.getMembersList().forEach(member -> all.putIfAbsent(replicaId(member), member));
    shared.getBeforeList().forEach(member -> all.putIfAbsent(replicaId(member), member));
    for (PartitionGroup group : own.values()) {
      group.getMembersList().forEach(member -> all.putIfAbsent(replicaId(member), member));
      group.getBeforeList().forEach(member -> all.putIfAbsent(replicaId(member), member));
    }
    return List.copyOf(all.values());
  }
}
