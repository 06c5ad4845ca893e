package io.vecraft.journal.server;

import io.vecraft.journal.log.raft.RaftMember;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What is done to the replicas of a partition, at the node that leads it; elsewhere it fails with
 * {@code not_leader}. Changes of members are made one at a time: {@code conflict} while another is
 * under way. Safe for concurrent use.
 */
public final class ReplicaAdmin {
  private final RaftLogs logs;

  ReplicaAdmin(RaftLogs logs) {
    this.logs = logs;
  }

  /** The replicas of a partition, as far as this node knows. */
  public List<RaftMember> members(int partition) {
    return logs.log(partition).members();
  }

  /**
   * Ids of a partition's replicas where this node leads it and they have committed that it is they,
   * with no change of them under way; else empty.
   */
  public Optional<Set<String>> agreed(int partition) {
    return logs.log(partition).agreed();
  }

  /**
   * Whether this node has a replica of a partition that takes part, or waits to; one whose place
   * others have does not.
   */
  public boolean takesPart(int partition) {
    return logs.takesPart(partition);
  }

  /** Whether this node leads a partition, as far as it knows. */
  public boolean leads(int partition) {
    return logs.log(partition).leads();
  }

  /** Whether this node's replica has all that it knows to be committed: it leads, or follows. */
  public boolean isCaughtUp(int partition) {
    return logs.log(partition).isCaughtUp();
  }

  /**
   * Lets another node lead.
   *
   * @param to its name; empty: any
   */
  public CompletableFuture<Void> transferLeadership(int partition, Optional<String> to) {
    return logs.log(partition).transferLeadership(to);
  }

  /**
   * Adds a replica that is running as a joining one; completes once it has caught up and counts.
   */
  public CompletableFuture<Void> addMember(int partition, RaftMember member) {
    return logs.log(partition).addMember(member);
  }

  /** Removes a replica that does not lead, by its id. */
  public CompletableFuture<Void> removeMember(int partition, String id) {
    return logs.log(partition).removeMember(id);
  }

  /** Puts a joining replica in the place of one that is lost, in one step. */
  public CompletableFuture<Void> replaceMember(int partition, String id, RaftMember by) {
    return logs.log(partition).replaceMember(id, by);
  }
}
