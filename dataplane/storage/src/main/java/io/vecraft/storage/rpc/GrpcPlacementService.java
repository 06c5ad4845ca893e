package io.vecraft.storage.rpc;

import io.grpc.stub.StreamObserver;
import io.vecraft.proto.storage.PlacementServiceGrpc;
import io.vecraft.proto.storage.ReplicaReport;
import io.vecraft.proto.storage.ReportRequest;
import io.vecraft.proto.storage.ReportResponse;
import io.vecraft.storage.node.StorageNode;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.ShardStats;

/**
 * Tells control which replicas a storage node has and where they stand; for the internal port only.
 * The node is the caller's. Safe for concurrent use.
 */
public final class GrpcPlacementService extends PlacementServiceGrpc.PlacementServiceImplBase {
  private final StorageNode node;
  private final RpcServerCalls calls;

  public GrpcPlacementService(StorageNode node, StorageRpcSettings settings) {
    this.node = node;
    this.calls = new RpcServerCalls(settings.longest(), settings.callsMax());
  }

  @Override
  public void report(ReportRequest request, StreamObserver<ReportResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          var report = ReportResponse.newBuilder().setNode(node.name());
          node.replicas().forEach(replica -> report.addReplicas(report(replica)));
          return report.build();
        });
  }

  private ReplicaReport report(ShardReader replica) {
    // Before it is asked whether it serves: what is told to serve is at least here.
    long frontier = replica.frontier();
    ShardStats stats = replica.stats();
    var report =
        ReplicaReport.newBuilder()
            .setShard(WireReads.toWire(replica.shard()))
            .setFrontier(frontier)
            .setServes(node.reader(replica.shard()).isPresent())
            .setRecords(stats.records());
    stats.damage().ifPresent(report::setDamage);
    return report.build();
  }
}
