package io.vecraft.journal.meta.placement;

import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.JournalMember;
import io.vecraft.proto.journal.NodeRegistration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which journal node is to be put in the place of another, given the group in SYSTEM and who is
 * registered. Pure. One at a time, the first of these that applies:
 *
 * <ol>
 *   <li>a member whose node has lost what it knew, and has registered under a later id: by itself.
 *       One that registers under an earlier id is a process that was replaced and does not know
 *   <li>a member that is to leave, or is gone: by a spare of the shared pool, if one is registered
 *       that stays
 * </ol>
 */
public final class JournalPlan {
  private JournalPlan() {}

  /**
   * What is to be done.
   *
   * @param next the group that follows
   * @param reason for a person
   */
  public record Change(JournalGroup next, String reason) {}

  /** How often the node had begun with nothing when it got the id; 1 for the first time. */
  static int generation(String replicaId) {
    int end = replicaId.lastIndexOf('~');
    return end < 0 ? 1 : Integer.parseInt(replicaId.substring(end + 1));
  }

  /**
   * The next group; empty when the one in force is as it should be, or nobody can take a place.
   *
   * @param registered the journal nodes that are registered
   * @param gone ids of replicas whose nodes have been away for longer than is waited for
   * @param leaving names of nodes that are to leave
   */
  public static Optional<Change> of(
      JournalGroup group,
      List<NodeRegistration> registered,
      Set<String> gone,
      Set<String> leaving) {
    Set<String> ids = new HashSet<>();
    Set<String> names = new HashSet<>();
    group
        .getMembersList()
        .forEach(m -> {
          ids.add(JournalLayout.replicaId(m));
          names.add(m.getName());
        });
    List<NodeRegistration> others =
        registered.stream()
            .filter(n -> !n.getReplica().isEmpty() && !ids.contains(n.getReplica()))
            .filter(n -> !n.getRaftAddress().isEmpty())
            .filter(n -> NodePool.of(n).equals(NodePool.SHARED))
            .sorted(Comparator.comparing(NodeRegistration::getName))
            .toList();
    for (JournalMember member : group.getMembersList()) {
      for (NodeRegistration other : others) {
        boolean later =
            generation(other.getReplica()) > generation(JournalLayout.replicaId(member));
        if (later && other.getName().equals(member.getName())) {
          return Optional.of(
              change(group, member, other, member.getName() + " has lost what it knew"));
        }
      }
    }
    for (JournalMember member : group.getMembersList()) {
      boolean isGone = gone.contains(JournalLayout.replicaId(member));
      if (isGone || leaving.contains(member.getName())) {
        Optional<NodeRegistration> spare =
            others.stream()
                .filter(n -> !names.contains(n.getName()) && !leaving.contains(n.getName()))
                .findFirst();
        if (spare.isPresent()) {
          String reason = member.getName() + (isGone ? " is gone" : " is to leave");
          return Optional.of(change(group, member, spare.get(), reason));
        }
      }
    }
    return Optional.empty();
  }

  private static Change change(
      JournalGroup group, JournalMember out, NodeRegistration in, String reason) {
    var members = new ArrayList<JournalMember>();
    for (JournalMember member : group.getMembersList()) {
      members.add(member.equals(out) ? PartitionPlan.member(in) : member);
    }
    return new Change(
        JournalGroup.newBuilder()
            .setEpoch(group.getEpoch() + 1)
            .addAllMembers(members)
            .addAllBefore(group.getMembersList())
            .build(),
        "%s: %s in the place of %s"
            .formatted(reason, in.getReplica(), JournalLayout.replicaId(out)));
  }
}
