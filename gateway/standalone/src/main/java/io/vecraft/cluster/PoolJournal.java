package io.vecraft.cluster;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.client.JournalGroups;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.server.ClusterIdentity;
import io.vecraft.journal.server.GrpcJournalAdmin;
import io.vecraft.journal.server.GrpcJournalService;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.server.ReplicaConfig;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.standalone.EngineConfigs;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * A journal node that is not in the shared pool: it has replicas of the partitions alone that
 * SYSTEM places on it, which are wanted in its pool. It is no member of the clock group, and hears
 * of SYSTEM from the nodes that are.
 */
final class PoolJournal {
  private PoolJournal() {}

  /** Makes its parts; returns where the others find it. */
  static HostAndPort assemble(Node node, JournalProcess.Settings settings) {
    ClusterRecord cluster = node.awaitCluster();
    Path directory = settings.directory();
    String id = ReplicaSetup.id(node, directory, ClusterIdentity.read(directory));
    if (JournalLayout.of(cluster).shared().getMembersList().stream()
        .anyMatch(member -> JournalLayout.replicaId(member).equals(id))) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "%s is one of the cluster's journal nodes: it stays in the pool %s, unless it is replaced"
              .formatted(id, NodePool.SHARED),
          "pool");
    }
    HostAndPort raft = settings.raft().orElseThrow();
    var partitions = new Partitions(cluster.getDataPartitions());
    ReplicaConfig replica =
        ReplicaSetup.config(
                node.settings(),
                settings,
                new RaftMember(id, raft.host(), raft.port()),
                List.of(),
                new ClusterIdentity(
                    UUID.fromString(cluster.getClusterId()), cluster.getIncarnation(), partitions))
            .joining();
    JournalConnection shared =
        node.add(
            JournalConnection.open(cluster, node.channels(), node.settings().maxClockOffset()));
    // Closed after the journal, which hands over what it leads first.
    InternalServer server = node.serve(List.of());
    JournalServer journal =
        node.add(
            JournalServer.openReplica(
                EngineConfigs.journal(
                    directory, partitions, settings.limits(), settings.bytesMax()),
                replica,
                shared.clock()));
    var maker = node.add(new PartitionMaker(journal, id, false, List.of()));
    node.add(JournalGroups.follow(shared.journal(), maker));
    server.add(new GrpcJournalService(new TimedAppends(journal, node.metrics())));
    server.add(new GrpcJournalAdmin(id, journal.admin(), journal::partitions, maker::done));
    NodeMetrics.journal(node.metrics(), journal, shared.clock());
    node.serveOps(List.of(ReplicaSetup.led(journal), ReplicaSetup.caughtUp(journal)));
    HostAndPort address = node.settings().advertise(server.port());
    node.register(
        address,
        NodeRegistration.newBuilder()
            .setReplica(id)
            .setRaftAddress(raft.toString())
            .setPool(NodePool.stored(settings.pool())));
    return address;
  }
}
