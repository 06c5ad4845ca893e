package io.vecraft.cluster;

import com.google.common.collect.Sets;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Health;
import io.vecraft.journal.client.Attempts;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.log.raft.RaftTls;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.server.ClusterIdentity;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.server.ReplicaConfig;
import io.vecraft.journal.server.ReplicaId;
import io.vecraft.proto.journal.PartitionStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the journal nodes of all pools have: replicas under an id, and whether they are well. */
final class ReplicaSetup {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaSetup.class);

  /** What is waited for where an id is claimed. */
  static final String METADATA = "the metadata store";

  private ReplicaSetup() {}

  /** The id of this node's replicas: that of its data, or one that nobody has had. */
  static String id(Node node, Path directory, Optional<ClusterIdentity> own) {
    String name = node.settings().name();
    ReplicaId found =
        ReplicaId.read(directory)
            .orElseGet(() ->
                own.isPresent()
                    ? new ReplicaId("", name)
                    : new ReplicaId(UUID.randomUUID().toString(), ""));
    if (found.id().isEmpty()) {
      found.write(directory);
      int generation =
          Attempts.until(
              METADATA,
              () -> Attempts.once(() -> node.registry().claimGeneration(name, found.token())));
      if (generation > 1) {
        LOG.warn(
            "{} was started before, and its data is not in {}: it begins with nothing, as {}, and gets everything from the others once control has put it in its own place",
            name,
            directory,
            RaftMember.idOf(name, generation));
      }
      var taken = new ReplicaId("", RaftMember.idOf(name, generation));
      taken.write(directory);
      return taken.id();
    }
    if (!RaftMember.nameOf(found.id()).equals(name)) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "what is in %s is of %s, not of %s".formatted(directory, found.id(), name),
          "name");
    }
    return found.id();
  }

  /**
   * How the node takes part.
   *
   * @param members the replicas that the journal is made with
   */
  static ReplicaConfig config(
      NodeSettings common,
      JournalProcess.Settings settings,
      RaftMember self,
      List<RaftMember> members,
      ClusterIdentity cluster) {
    var address = new HostAndPort(self.host(), self.port());
    if (common.tls().isEmpty() && !common.plaintext() && !address.isLoopback()) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          address + " is not a loopback address: replication needs certificates there",
          "raft");
    }
    ReplicaConfig plain =
        ReplicaConfig.defaults(self, members, cluster)
            .withElectionTimeout(
                settings.electionTimeout(), settings.electionTimeout().multipliedBy(2));
    return common
        .tls()
        .map(t -> plain.withTls(new RaftTls(t.certificate(), t.key(), t.authority())))
        .orElse(plain);
  }

  /** A partition without a leader takes no writes; one that others have now is their affair. */
  static Health.Check led(JournalServer journal) {
    return new Health.Check(
        "journal",
        () ->
            journal.status().getPartitionsList().stream()
                .filter(p -> p.getLeader().isEmpty())
                .map(PartitionStatus::getPartition)
                .filter(journal.admin()::takesPart)
                .findFirst()
                .map(p -> "partition " + p + " has no leader"));
  }

  /**
   * Until its replicas have once applied what is committed, others must not end: together with
   * theirs it may be what a majority needs.
   */
  static Health.Check caughtUp(JournalServer journal) {
    Set<Integer> reached = ConcurrentHashMap.newKeySet();
    return new Health.Check(
        "replicas",
        () -> {
          Set<Integer> behind = new TreeSet<>(journal.partitions());
          behind.removeIf(p -> reached.contains(p) || journal.admin().isCaughtUp(p));
          reached.addAll(Sets.difference(journal.partitions(), behind));
          return behind.isEmpty()
              ? Optional.empty()
              : Optional.of("replicas of partitions " + behind + " have not caught up");
        });
  }
}
