package io.vecraft.journal.server;

import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.log.raft.RaftTls;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a journal node takes part in a replicated cluster; immutable.
 *
 * @param self this node: its name and the Raft address that it listens on and that the others reach
 *     it at
 * @param members the replicas of every partition when the cluster is made; the same list on each of
 *     them. Once a partition has a log, the log says who its members are. A node that is not among
 *     them joins: it waits until {@link ReplicaAdmin#addMember} or {@link
 *     ReplicaAdmin#replaceMember} at the leader of each partition makes it a member
 * @param cluster id, incarnation and partitions, the same on every node; made once by whoever makes
 *     the cluster
 * @param electionTimeoutMin a follower that hears nothing from a leader stands for election after
 *     this long at least, 50 ms to 1 min
 * @param electionTimeoutMax and after twice this long at most
 * @param tls certificates with which the nodes prove themselves to each other on the Raft port;
 *     empty: it is open to whoever reaches it
 * @param begins whether the node has a replica of each partition that the journal is made with;
 *     else it has those alone that it is told to join
 */
public record ReplicaConfig(
    RaftMember self,
    List<RaftMember> members,
    ClusterIdentity cluster,
    Duration electionTimeoutMin,
    Duration electionTimeoutMax,
    Optional<RaftTls> tls,
    boolean begins) {

  public ReplicaConfig {
    members = List.copyOf(members);
  }

  /** Without certificates. */
  public ReplicaConfig(
      RaftMember self,
      List<RaftMember> members,
      ClusterIdentity cluster,
      Duration electionTimeoutMin,
      Duration electionTimeoutMax) {
    this(self, members, cluster, electionTimeoutMin, electionTimeoutMax, Optional.empty(), true);
  }

  /** Election timeouts of 1 to 2 s. */
  public static ReplicaConfig defaults(
      RaftMember self, List<RaftMember> members, ClusterIdentity cluster) {
    return new ReplicaConfig(self, members, cluster, Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  public ReplicaConfig withElectionTimeout(Duration min, Duration max) {
    return new ReplicaConfig(self, members, cluster, min, max, tls, begins);
  }

  public ReplicaConfig withTls(RaftTls value) {
    return new ReplicaConfig(
        self, members, cluster, electionTimeoutMin, electionTimeoutMax, Optional.of(value), begins);
  }

  /** As one that has the partitions alone that it is told to join. */
  public ReplicaConfig joining() {
    return new ReplicaConfig(
        self, members, cluster, electionTimeoutMin, electionTimeoutMax, tls, false);
  }
}
