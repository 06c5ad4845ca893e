package io.vecraft.e2e.sim;

import com.google.protobuf.ByteString;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.log.Position;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.log.ReplicatedLog;
import io.vecraft.journal.log.model.ModelReplica;
import io.vecraft.journal.partition.Decision;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A replica of the model log that has its group work when there is something to do. */
record SimReplica(SimPartition partition, ModelReplica model) implements ReplicatedLog {
  @Override
  public CompletableFuture<List<Decision>> append(Proposal batch) {
    partition.wake();
    return model.append(batch);
  }

  @Override
  public CompletableFuture<Position> barrier(long closeAtLeast) {
    partition.wake();
    return model.barrier(closeAtLeast);
  }

  @Override
  public boolean isReused(String requestId, String principal, ByteString digest) {
    return model.isReused(requestId, principal, digest);
  }

  @Override
  public CommittedLog committed() {
    return model.committed();
  }

  @Override
  public List<String> replicas() {
    return model.replicas();
  }

  @Override
  public Optional<String> leaderHint() {
    return model.leaderHint();
  }

  @Override
  public void close() {
    model.close();
  }
}
