package io.vecraft.journal.catalog;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.LeavingNode;
import io.vecraft.proto.journal.SetJournalGroup;
import io.vecraft.proto.journal.SetNodeLeaving;
import java.util.TreeMap;

/**
 * How the SYSTEM log changes what it says of the cluster itself. Pure: the same state and change
 * give the same state on every replica.
 */
final class ClusterChanges {
  /** Nodes that may be marked at a time. */
  static final int LEAVING_MAX = 1_000;

  private static final int NAME_MAX = 63;
  private static final int MEMBERS_MAX = 9;

  private ClusterChanges() {}

  /** A control process takes over; {@code moved} unless it is the next. */
  static ClusterState beginControl(ClusterState now, long epoch) {
    if (epoch != now.getControlEpoch() + 1) {
      throw new VecraftException(
          ErrorCode.MOVED, "control epoch " + epoch + " does not follow " + now.getControlEpoch());
    }
    return now.toBuilder().setControlEpoch(epoch).build();
  }

  /** What only the newest control process may change: {@code moved} for another. */
  static void requireControl(ClusterState now, long epoch) {
    if (epoch != now.getControlEpoch()) {
      throw new VecraftException(
          ErrorCode.MOVED,
          "control process %d has taken over from %d".formatted(now.getControlEpoch(), epoch));
    }
  }

  /** Marks a node as leaving, or takes the mark back; either may be repeated. */
  static ClusterState setLeaving(ClusterState now, SetNodeLeaving change, long at) {
    String node = change.getNode();
    if (node.isEmpty() || node.length() > NAME_MAX) {
      throw invalid("a node has a name of 1 to " + NAME_MAX + " characters", "node");
    }
    var leaving = new TreeMap<String, LeavingNode>();
    now.getLeavingList().forEach(l -> leaving.put(l.getNode(), l));
    LeavingNode before = leaving.get(node);
    if (!change.getLeaving()) {
      leaving.remove(node);
    } else if (before == null || before.getForced() != change.getForced()) {
      leaving.put(
          node,
          LeavingNode.newBuilder()
              .setNode(node)
              .setForced(change.getForced())
              .setSinceStamp(before == null ? at : before.getSinceStamp())
              .build());
    }
    if (leaving.size() > LEAVING_MAX) {
      throw invalid("at most " + LEAVING_MAX + " nodes leave at a time", "node");
    }
    return now.toBuilder().clearLeaving().addAllLeaving(leaving.values()).build();
  }

  /** The next group of the journal; {@code moved} when another was first. */
  static ClusterState setJournal(ClusterState now, SetJournalGroup change) {
    requireControl(now, change.getControlEpoch());
    JournalGroup group = change.getGroup();
    long inForce = Math.max(1, now.getJournal().getEpoch());
    if (group.getEpoch() != inForce + 1) {
      throw new VecraftException(
          ErrorCode.MOVED,
          "epoch %d of the journal's nodes does not follow %d"
              .formatted(group.getEpoch(), inForce));
    }
    if (now.hasJournal() && !group.getBeforeList().equals(now.getJournal().getMembersList())) {
      throw invalid("the members before are not those in force", "before");
    }
    long distinct =
        group.getMembersList().stream().map(JournalLayout::replicaId).distinct().count();
    if (group.getMembersCount() < 1
        || group.getMembersCount() > MEMBERS_MAX
        || distinct != group.getMembersCount()
        || group.getBeforeCount() < 1) {
      throw invalid("1 to " + MEMBERS_MAX + " different members follow at least one", "members");
    }
    return now.toBuilder().setJournal(group).build();
  }

  private static VecraftException invalid(String message, String field) {
    return new VecraftException(ErrorCode.INVALID_ARGUMENT, message, field);
  }
}
