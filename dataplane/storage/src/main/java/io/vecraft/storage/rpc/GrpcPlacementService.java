package io.vecraft.storage.rpc;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.storage.CheckpointPart;
import io.vecraft.proto.storage.CopyCheckpointRequest;
import io.vecraft.proto.storage.PlacementServiceGrpc;
import io.vecraft.proto.storage.ReplicaReport;
import io.vecraft.proto.storage.ReportRequest;
import io.vecraft.proto.storage.ReportResponse;
import io.vecraft.storage.checkpoint.OpenCheckpoint;
import io.vecraft.storage.node.StorageNode;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.ShardStats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Tells control which replicas a storage node has and where they stand, and hands checkpoints to
 * nodes that are to have a replica; for the internal port only. The node is the caller's. Safe for
 * concurrent use.
 */
public final class GrpcPlacementService extends PlacementServiceGrpc.PlacementServiceImplBase {
  private static final int COPIES_MAX = 4;
  private static final int PART_BYTES = 1 << 20;
  private static final long READY_POLL_MS = 2;

  private final StorageNode node;
  private final RpcServerCalls calls;
  private final Semaphore copies = new Semaphore(COPIES_MAX);

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

  @Override
  public void copyCheckpoint(
      CopyCheckpointRequest request, StreamObserver<CheckpointPart> observer) {
    var out = (ServerCallStreamObserver<CheckpointPart>) observer;
    try (Copying one = copying()) {
      Optional<OpenCheckpoint> found = node.openCheckpoint(WireReads.fromWire(request.getShard()));
      if (found.isPresent()) {
        try (OpenCheckpoint checkpoint = found.get()) {
          send(checkpoint, out);
        }
      }
      out.onCompleted();
    } catch (IOException e) {
      observer.onError(
          RpcServerCalls.toGrpc(
              new VecraftException(ErrorCode.UNAVAILABLE, "the checkpoint cannot be read: " + e)));
    } catch (RuntimeException e) {
      observer.onError(RpcServerCalls.toGrpc(e));
    }
  }

  /** One of the copies that are made at a time. */
  private interface Copying extends AutoCloseable {
    @Override
    void close();
  }

  private Copying copying() {
    if (!copies.tryAcquire()) {
      throw new VecraftException(
          ErrorCode.BACK_PRESSURE, COPIES_MAX + " checkpoints are being copied, the limit");
    }
    return copies::release;
  }

  private static void send(OpenCheckpoint checkpoint, ServerCallStreamObserver<CheckpointPart> out)
      throws IOException {
    out.onNext(
        CheckpointPart.newBuilder()
            .setManifest(ByteString.copyFrom(checkpoint.manifest().encode()))
            .build());
    ByteBuffer buffer = ByteBuffer.allocate(PART_BYTES);
    for (Map.Entry<String, FileChannel> file : checkpoint.files().entrySet()) {
      long at = 0;
      int read;
      do {
        buffer.clear();
        read = file.getValue().read(buffer, at);
        // An empty file is a part too.
        if (read > 0 || at == 0) {
          awaitReady(out);
          out.onNext(
              CheckpointPart.newBuilder()
                  .setFile(file.getKey())
                  .setData(ByteString.copyFrom(buffer.flip()))
                  .build());
          at += Math.max(0, read);
        }
      } while (read > 0);
    }
  }

  /** Waits until the receiver has taken what was sent before. */
  private static void awaitReady(ServerCallStreamObserver<CheckpointPart> out) {
    while (!out.isReady()) {
      if (out.isCancelled()) {
        throw new VecraftException(ErrorCode.UNAVAILABLE, "whoever asked has gone");
      }
      try {
        Thread.sleep(READY_POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while copying");
      }
    }
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
