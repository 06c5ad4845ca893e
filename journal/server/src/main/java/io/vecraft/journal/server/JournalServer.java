package io.vecraft.journal.server;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TraceResponse;
import java.util.concurrent.CompletableFuture;

/** All partitions of a journal in one process. */
public final class JournalServer implements JournalApi, AutoCloseable {
  private JournalServer() {}

  /**
   * Opens the journal, recovering it.
   *
   * @throws io.vecraft.error.VecraftException {@code data_damaged} when records are damaged, {@code
   *     unavailable} when another process holds the directory
   */
  public static JournalServer open(JournalConfig config, StampClock clock) {
    throw new UnsupportedOperationException();
  }

  /** The cluster's id, incarnation and partitions. */
  public ClusterIdentity identity() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<GetOffsetResponse> getOffset(GetOffsetRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public PullResponse pull(PullRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Subscription tail(TailRequest request, TailListener listener) {
    throw new UnsupportedOperationException();
  }

  @Override
  public TraceResponse trace(TraceRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public StatusResponse status() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
