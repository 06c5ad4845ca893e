package io.vecraft.journal.meta.placement;

import java.util.Map;
import java.util.Optional;

/**
 * A storage node as it was observed.
 *
 * @param name of the node
 * @param zone what fails together with it
 * @param pool whose collections it has replicas of; empty while that is not known
 * @param presence whether it is there
 * @param replicas what it has said of its replicas; none when it has not answered
 */
public record ObservedNode(
    String name,
    String zone,
    Optional<String> pool,
    Presence presence,
    Map<PlacedShard, ObservedReplica> replicas) {
  public ObservedNode {
    replicas = Map.copyOf(replicas);
  }

  /** Whether a node is there. */
  public enum Presence {
    /** It is registered, or it answers. */
    HERE,
    /** Neither, for less than the grace period: it may be starting again. */
    AWAY,
    /** Neither, for longer: its replicas are made elsewhere. */
    GONE
  }

  /**
   * A replica, by the word of its node.
   *
   * @param serves whether reads go to it
   * @param caughtUp whether it is whole and about as far as the others
   */
  public record ObservedReplica(boolean serves, boolean caughtUp) {}

  boolean isHere() {
    return presence == Presence.HERE;
  }

  boolean isCaughtUp(PlacedShard shard) {
    return isHere() && replica(shard).map(ObservedReplica::caughtUp).orElse(false);
  }

  /** Whether reads of the shard find this node's replica, and it has what they are after. */
  boolean isProven(PlacedShard shard) {
    return isCaughtUp(shard) && replica(shard).map(ObservedReplica::serves).orElse(false);
  }

  private Optional<ObservedReplica> replica(PlacedShard shard) {
    return Optional.ofNullable(replicas.get(shard));
  }
}
