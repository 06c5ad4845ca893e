package io.vecraft.journal.server;

import io.grpc.stub.StreamObserver;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.WireErrors;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.proto.journal.DescribeReplicasRequest;
import io.vecraft.proto.journal.DescribeReplicasResponse;
import io.vecraft.proto.journal.JournalAdminServiceGrpc;
import io.vecraft.proto.journal.PartitionReplicas;
import io.vecraft.proto.journal.ReplaceReplicaRequest;
import io.vecraft.proto.journal.ReplaceReplicaResponse;
import io.vecraft.proto.journal.TransferLeadershipRequest;
import io.vecraft.proto.journal.TransferLeadershipResponse;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link ReplicaAdmin} behind gRPC; for the internal port only. Safe for concurrent use. */
public final class GrpcJournalAdmin extends JournalAdminServiceGrpc.JournalAdminServiceImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcJournalAdmin.class);

  private final String replica;
  private final ReplicaAdmin admin;
  private final Supplier<Set<Integer>> partitions;
  private final IntToLongFunction epochs;

  /**
   * A service over the replicas of a node.
   *
   * @param replica id of the node's own replicas
   * @param partitions that are here now
   * @param epochs up to which of a partition's own nodes this node has done what SYSTEM says
   */
  public GrpcJournalAdmin(
      String replica,
      ReplicaAdmin admin,
      Supplier<Set<Integer>> partitions,
      IntToLongFunction epochs) {
    this.replica = replica;
    this.admin = admin;
    this.partitions = partitions;
    this.epochs = epochs;
  }

  @Override
  public void describe(
      DescribeReplicasRequest request, StreamObserver<DescribeReplicasResponse> observer) {
    var answer = DescribeReplicasResponse.newBuilder().setReplica(replica);
    for (int partition : partitions.get()) {
      try {
        answer.addPartitions(describe(partition));
      } catch (VecraftException e) {
        LOG.debug("partition {} has just left", partition, e);
      }
    }
    observer.onNext(answer.build());
    observer.onCompleted();
  }

  private PartitionReplicas describe(int partition) {
    // Before the rest: what is told besides is at least as new.
    long epoch = epochs.applyAsLong(partition);
    Optional<Set<String>> agreed = admin.agreed(partition);
    return PartitionReplicas.newBuilder()
        .setEpoch(epoch)
        .setPartition(partition)
        .setLeads(admin.leads(partition))
        .addAllReplicas(
            agreed.orElseGet(() ->
                admin.members(partition).stream().map(RaftMember::id).collect(Collectors.toSet())))
        .setAgreed(agreed.isPresent())
        .build();
  }

  @Override
  public void replace(
      ReplaceReplicaRequest request, StreamObserver<ReplaceReplicaResponse> observer) {
    answer(() -> replace(request), ReplaceReplicaResponse.getDefaultInstance(), observer);
  }

  @Override
  public void transferLeadership(
      TransferLeadershipRequest request, StreamObserver<TransferLeadershipResponse> observer) {
    answer(
        () -> admin.transferLeadership(request.getPartition(), Optional.of(request.getTo())),
        TransferLeadershipResponse.getDefaultInstance(),
        observer);
  }

  private static <T> void answer(
      Supplier<CompletableFuture<Void>> work, T answer, StreamObserver<T> observer) {
    CompletableFuture<Void> done;
    try {
      done = work.get();
    } catch (IllegalArgumentException e) {
      done =
          CompletableFuture.failedFuture(
              new VecraftException(ErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      done = CompletableFuture.failedFuture(e);
    }
    done.whenComplete((nothing, failure) -> {
      if (failure == null) {
        observer.onNext(answer);
        observer.onCompleted();
      } else {
        observer.onError(WireErrors.toGrpc(error(failure)));
      }
    });
  }

  private CompletableFuture<Void> replace(ReplaceReplicaRequest request) {
    int partition = request.getPartition();
    RaftMember by = RaftMember.of(request.getBy(), request.getByAddress());
    if (admin.leads(partition) && request.getId().equals(replica)) {
      // Another one does it once it leads.
      return admin
          .transferLeadership(partition, Optional.empty())
          .thenCompose(done ->
              CompletableFuture.failedFuture(new VecraftException(ErrorCode.NOT_LEADER, "")));
    }
    return admin.replaceMember(partition, request.getId(), by);
  }

  private static VecraftException error(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof VecraftException known
        ? known
        : new VecraftException(ErrorCode.UNAVAILABLE, "the change failed: " + cause);
  }
}
