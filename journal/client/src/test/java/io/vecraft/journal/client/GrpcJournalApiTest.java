package io.vecraft.journal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi.Subscription;
import io.vecraft.journal.api.JournalApi.TailListener;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.GrpcJournalService;
import io.vecraft.journal.server.JournalConfig;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.Upsert;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both sides, over a real socket. */
final class GrpcJournalApiTest {
  private static final int DATA = Partitions.FIRST_DATA;

  @TempDir Path directory;
  private FileClockBound bound;
  private JournalServer journal;
  private Server server;
  private ManagedChannel channel;
  private GrpcJournalApi api;

  @BeforeEach
  void start() throws Exception {
    bound = FileClockBound.open(directory);
    journal =
        JournalServer.open(
            JournalConfig.defaults(directory), QuorumClock.single(bound, MachineTime.SYSTEM));
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .maxInboundMessageSize(GrpcJournalApi.MAX_MESSAGE_BYTES)
            .addService(new GrpcJournalService(journal))
            .build()
            .start();
    channel =
        NettyChannelBuilder.forAddress(server.getListenSockets().getFirst())
            .usePlaintext()
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .maxInboundMessageSize(GrpcJournalApi.MAX_MESSAGE_BYTES)
            .build();
    api = new GrpcJournalApi(channel, Duration.ofSeconds(30));
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
    journal.close();
    bound.close();
  }

  private AppendResult append(Append append) {
    return api.appendBatch(
            AppendBatchRequest.newBuilder().setPartition(DATA).addAppends(append).build())
        .join()
        .getResults(0);
  }

  private AppendResult open() {
    return append(
        Append.newBuilder()
            .setRequestId("open")
            .addOperations(
                Operation.newBuilder()
                    .setCollectionId(1)
                    .setOpenShard(OpenShard.newBuilder().setEpoch(1)))
            .build());
  }

  private static Append write(String id, int bytes) {
    return Append.newBuilder()
        .setRequestId(id)
        .addOperations(
            Operation.newBuilder()
                .setCollectionId(1)
                .setShardEpoch(1)
                .setUpsert(
                    Upsert.newBuilder().setId(id).setVector(ByteString.copyFrom(new byte[bytes]))))
        .build();
  }

  @Test
  void everyCallAnswersAsInTheProcess() {
    open();
    AppendResult written = append(write("a", 5 << 20));
    assertThat(written.getOffset()).isEqualTo(2);
    PullRequest all = PullRequest.newBuilder().setPartition(DATA).setFromOffset(1).build();
    assertThat(api.pull(all)).isEqualTo(journal.pull(all));
    TraceRequest trace = TraceRequest.newBuilder().setRequestId("a").build();
    assertThat(api.trace(trace).getRecords(0).getRecord().getStamp()).isEqualTo(written.getStamp());
    assertThat(api.status()).isEqualTo(journal.status());
    var barrier =
        GetOffsetRequest.newBuilder()
            .setPartition(Partitions.TRANSACTION)
            .setCloseAtLeast(written.getStamp())
            .build();
    assertThat(api.getOffset(barrier).join().getClosedStamp()).isEqualTo(written.getStamp());
  }

  @Test
  void errorsKeepTheirCodeAndField() {
    assertThat(append(write("a", 1)).getFailure().getCode()).isEqualTo("moved");
    assertThatThrownBy(() -> api.pull(PullRequest.newBuilder().setPartition(77).build()))
        .isInstanceOfSatisfying(
            VecraftException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
              assertThat(e.field()).contains("partition");
            });
    assertThatThrownBy(() ->
            api.getOffset(
                    GetOffsetRequest.newBuilder().setPartition(DATA).setCloseAtLeast(-1).build())
                .join())
        .hasCauseInstanceOf(VecraftException.class)
        .hasMessageContaining("stamp_in_future");
  }

  @Test
  void aBrokenConnectionLeavesAnAppendInDoubtAndARetryLearnsItsOutcome() {
    open();
    AppendResult first = append(write("a", 10));
    server.shutdownNow();
    CompletableFuture<?> lost =
        api.appendBatch(
            AppendBatchRequest.newBuilder().setPartition(DATA).addAppends(write("a", 10)).build());
    assertThatThrownBy(lost::join)
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("outcome_unknown");
    assertThatThrownBy(() -> api.status()).hasMessageContaining("did not answer");
    assertThat(
            journal
                .appendBatch(
                    AppendBatchRequest.newBuilder()
                        .setPartition(DATA)
                        .addAppends(write("a", 10))
                        .build())
                .join()
                .getResults(0)
                .getStamp())
        .isEqualTo(first.getStamp());
  }

  @Test
  void aTailDeliversEverythingOnceInOrderAndASlowListenerHoldsItBack() throws Exception {
    open();
    int count = 60;
    List<Record> seen = Collections.synchronizedList(new ArrayList<>());
    var messages = new AtomicInteger();
    var goOn = new CountDownLatch(1);
    var ended = new CompletableFuture<Throwable>();
    Subscription tail =
        api.tail(
            TailRequest.newBuilder().setPartition(DATA).setFromOffset(1).build(),
            new TailListener() {
              @Override
              public void onRecords(PullResponse batch) {
                messages.incrementAndGet();
                seen.addAll(batch.getRecordsList());
                try {
                  goOn.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }

              @Override
              public void onEnd(Throwable cause) {
                ended.complete(cause);
              }
            });
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> messages.get() == 1);
    for (int i = 0; i < count; i++) {
      append(write("w" + i, 1 << 20));
    }
    assertThat(messages.get()).isEqualTo(1);
    goOn.countDown();
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> seen.size() == count + 1);
    for (int i = 0; i <= count; i++) {
      assertThat(seen.get(i).getOffset()).isEqualTo(i + 1);
    }
    tail.close();
    assertThat(ended.join()).isInstanceOf(VecraftException.class);
  }
}
