package io.vecraft.journal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.Appends;
import io.vecraft.journal.api.JournalApi.TailListener;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.FindReuseRequest;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.ShardFilter;
import io.vecraft.proto.journal.ShardKey;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalServerTest {
  private static final int DATA = Partitions.FIRST_DATA;

  @TempDir Path directory;
  private FileClockBound bound;
  private QuorumClock clock;
  private JournalServer server;

  @BeforeEach
  void start() {
    start(JournalConfig.defaults(directory));
  }

  private void start(JournalConfig config) {
    bound = FileClockBound.open(directory);
    clock = QuorumClock.single(bound, MachineTime.SYSTEM);
    server = JournalServer.open(config, clock);
  }

  @AfterEach
  void stop() {
    server.close();
    bound.close();
  }

  private void restart() {
    restart(JournalConfig.defaults(directory));
  }

  private void restart(JournalConfig config) {
    stop();
    start(config);
  }

  private AppendResult append(int partition, Append append) {
    return appendAll(partition, List.of(append)).getFirst();
  }

  private List<AppendResult> appendAll(int partition, List<Append> appends) {
    AppendBatchResponse answer =
        server
            .appendBatch(
                AppendBatchRequest.newBuilder()
                    .setPartition(partition)
                    .addAllAppends(appends)
                    .build())
            .join();
    return answer.getResultsList();
  }

  private PullResponse pull(int partition, long from) {
    return server.pull(
        PullRequest.newBuilder().setPartition(partition).setFromOffset(from).build());
  }

  private GetOffsetResponse getOffset(int partition, long stamp) {
    return server
        .getOffset(
            GetOffsetRequest.newBuilder().setPartition(partition).setCloseAtLeast(stamp).build())
        .join();
  }

  @Test
  void whatIsAcknowledgedIsPulledAndSurvivesARestart() {
    append(DATA, Appends.open(1, 0));
    AppendResult written = append(DATA, Appends.write("a", 1, 0));
    assertThat(written.hasFailure()).isFalse();
    assertThat(written.getOffset()).isEqualTo(2);
    assertThat(Stamp.slot(written.getStamp())).isEqualTo(DATA);
    assertThat(clock.latest()).isGreaterThanOrEqualTo(written.getStamp());

    List<Record> before = pull(DATA, 1).getRecordsList();
    assertThat(before).hasSize(2);
    assertThat(before.get(1).getStamp()).isEqualTo(written.getStamp());
    restart();
    assertThat(pull(DATA, 1).getRecordsList()).isEqualTo(before);
  }

  @Test
  void aRetryGetsTheFirstAnswerAlsoAfterARestart() {
    append(DATA, Appends.open(1, 0));
    AppendResult first = append(DATA, Appends.write("a", 1, 0));
    for (int i = 0; i < 2; i++) {
      AppendResult again = append(DATA, Appends.write("a", 1, 0));
      assertThat(again.getDuplicate()).isTrue();
      assertThat(again.getOffset()).isEqualTo(first.getOffset());
      assertThat(again.getStamp()).isEqualTo(first.getStamp());
      restart();
    }
    AppendResult other =
        append(DATA, Appends.write("a", 1, 0).toBuilder().clearRequestDigest().build());
    assertThat(other.getFailure().getCode()).isEqualTo("request_id_reused");
    assertThat(pull(DATA, 1).getLastOffset()).isEqualTo(2);
  }

  @Test
  void aRequestIdIsFoundUnderAnotherBodyAlsoAfterARestart() {
    append(DATA, Appends.open(1, 0));
    Append write = Appends.write("a", 1, 0);
    append(DATA, write);
    for (int i = 0; i < 2; i++) {
      var asked =
          FindReuseRequest.newBuilder().setRequestId("a").setPrincipal(write.getPrincipal());
      assertThat(server.findReuse(asked.build()).getReused()).isTrue();
      assertThat(
              server
                  .findReuse(asked.setRequestDigest(write.getRequestDigest()).build())
                  .getReused())
          .isFalse();
      assertThat(server.findReuse(asked.setRequestId("b").clearRequestDigest().build()).getReused())
          .isFalse();
      restart();
    }
  }

  @Test
  void aShardThatIsNotOpenOrFencedIsMoved() {
    assertThat(append(DATA, Appends.write("a", 1, 0)).getFailure().getCode()).isEqualTo("moved");
    append(DATA, Appends.open(1, 0));
    assertThat(append(DATA, Appends.write("b", 1, 0)).hasFailure()).isFalse();
    append(DATA, Appends.fence(1));
    restart();
    assertThat(append(DATA, Appends.write("c", 1, 0)).getFailure().getCode()).isEqualTo("moved");
    assertThat(append(DATA, Appends.write("b", 1, 0)).getDuplicate()).isTrue();
  }

  @Test
  void systemGivesIdsToCollectionsAndRefusesNamesTwice() {
    AppendResult docs = append(Partitions.SYSTEM, Appends.create("docs"));
    assertThat(docs.getCollectionId()).isEqualTo(1);
    assertThat(append(Partitions.SYSTEM, Appends.create("docs")).getCollectionId()).isEqualTo(1);
    Append same = Appends.create("docs").toBuilder().setRequestId("another").build();
    assertThat(append(Partitions.SYSTEM, same).getFailure().getCode())
        .isEqualTo("collection_exists");
    restart();
    assertThat(append(Partitions.SYSTEM, Appends.create("more")).getCollectionId()).isEqualTo(2);
  }

  @Test
  void aPartitionThatIsClosedGivesLargerStamps() {
    append(DATA, Appends.open(1, 0));
    long s = clock.ask().join();
    clock.store(s).join();
    GetOffsetResponse closed = getOffset(DATA, s);
    assertThat(closed.getOffset()).isEqualTo(1);
    assertThat(closed.getClosedStamp()).isGreaterThanOrEqualTo(s);
    assertThat(pull(DATA, 2).getClosedStamp()).isEqualTo(closed.getClosedStamp());
    assertThat(append(DATA, Appends.write("a", 1, 0)).getStamp())
        .isGreaterThan(closed.getClosedStamp());
    assertThat(getOffset(Partitions.TRANSACTION, s).getClosedStamp()).isGreaterThanOrEqualTo(s);
  }

  @Test
  void aStampThatNoClockGaveClosesNothing() {
    assertThatThrownBy(() -> getOffset(DATA, Long.MAX_VALUE))
        .hasRootCauseInstanceOf(VecraftException.class)
        .hasMessageContaining("stamp_in_future");
    Append future =
        Appends.open(1, 0).toBuilder().setMinStamp(Stamp.above(clock.ask().join(), 3) << 1).build();
    assertThat(append(DATA, future).getFailure().getCode()).isEqualTo("stamp_in_future");
  }

  @Test
  void stampsAreAboveTheOneNamed() {
    long min = clock.ask().join() + Stamp.of(100, 0, 0);
    AppendResult opened = append(DATA, Appends.open(1, 0).toBuilder().setMinStamp(min).build());
    assertThat(opened.getStamp()).isGreaterThan(min);
    assertThat(clock.latest()).isGreaterThanOrEqualTo(opened.getStamp());
  }

  @Test
  void aTailDeliversWhatWasThereAndWhatComes() {
    append(DATA, Appends.open(1, 0));
    append(DATA, Appends.open(1, 1));
    List<Record> seen = Collections.synchronizedList(new ArrayList<>());
    var ended = new CompletableFuture<Throwable>();
    var filter =
        ShardFilter.newBuilder().addShards(ShardKey.newBuilder().setCollectionId(1).setShard(1));
    server.tail(
        TailRequest.newBuilder().setPartition(DATA).setFromOffset(1).setFilter(filter).build(),
        listener(seen, ended));
    append(DATA, Appends.write("other", 1, 0));
    append(DATA, Appends.write("mine", 1, 1));
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> seen.size() == 2);
    assertThat(seen).extracting(Record::getOffset).containsExactly(2L, 4L);
    server.close();
    assertThat(ended.join()).isInstanceOf(VecraftException.class);
  }

  @Test
  void aTailLearnsOfAClosedStampWithoutRecords() {
    var last = new long[1];
    server.tail(
        TailRequest.newBuilder().setPartition(DATA).build(),
        new TailListener() {
          @Override
          public void onRecords(PullResponse batch) {
            last[0] = batch.getClosedStamp();
          }

          @Override
          public void onEnd(Throwable cause) {}
        });
    for (int i = 0; i < 3; i++) {
      long s = clock.ask().join();
      getOffset(DATA, s);
      Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> last[0] >= s);
    }
  }

  private static TailListener listener(List<Record> seen, CompletableFuture<Throwable> ended) {
    return new TailListener() {
      @Override
      public void onRecords(PullResponse batch) {
        seen.addAll(batch.getRecordsList());
      }

      @Override
      public void onEnd(Throwable cause) {
        ended.complete(cause);
      }
    };
  }

  @Test
  void concurrentWritersGetDistinctStampsInTheOrderOfTheLogAcrossSegments() throws Exception {
    JournalConfig small =
        JournalConfig.defaults(directory)
            .withSegmentBytes(1 << 16)
            .withDedup(Duration.ofMinutes(30), 1 << 20);
    restart(small);
    append(DATA, Appends.open(1, 0));
    int writers = 8;
    int each = 300;
    List<AppendResult> acknowledged = Collections.synchronizedList(new ArrayList<>());
    var done = new CountDownLatch(writers);
    for (int w = 0; w < writers; w++) {
      int writer = w;
      Thread.ofVirtual()
          .start(() -> {
            for (int i = 0; i < each; i++) {
              acknowledged.add(
                  append(
                      DATA,
                      Appends.of(writer + "-" + i, Appends.upsert(1, 0, writer + "/" + i, 100))));
            }
            done.countDown();
          });
    }
    done.await();
    assertThat(acknowledged).noneMatch(AppendResult::hasFailure);
    for (int round = 0; round < 2; round++) {
      List<Record> all = new ArrayList<>();
      for (long next = 1; next <= writers * each + 1; ) {
        PullResponse part =
            server.pull(
                PullRequest.newBuilder()
                    .setPartition(DATA)
                    .setFromOffset(next)
                    .setMaxRecords(77)
                    .build());
        all.addAll(part.getRecordsList());
        next = part.getNextOffset();
      }
      assertThat(all).hasSize(writers * each + 1);
      for (int i = 1; i < all.size(); i++) {
        assertThat(all.get(i).getOffset()).isEqualTo(i + 1);
        assertThat(all.get(i).getStamp()).isGreaterThan(all.get(i - 1).getStamp());
      }
      for (AppendResult a : acknowledged) {
        assertThat(all.get((int) a.getOffset() - 1).getStamp()).isEqualTo(a.getStamp());
      }
      assertThat(server.status().getPartitions(DATA - 1).getSegments()).isGreaterThan(3);
      assertThat(append(DATA, Appends.of("3-7", Appends.upsert(1, 0, "3/7", 100))).getDuplicate())
          .isTrue();
      restart(small);
    }
    assertThat(server.scrub()).isEmpty();
  }

  @Test
  void tracesFindByRequestRecordAndTime() {
    append(DATA, Appends.open(1, 0));
    append(DATA + 1, Appends.open(1, 1));
    AppendResult a = append(DATA, Appends.write("a", 1, 0));
    AppendResult b = append(DATA + 1, Appends.write("b", 1, 1));
    append(DATA, Appends.write("c", 1, 0));
    var byRequest = server.trace(TraceRequest.newBuilder().setRequestId("b").build());
    assertThat(byRequest.getRecordsList()).hasSize(1);
    assertThat(byRequest.getRecords(0).getPartition()).isEqualTo(DATA + 1);
    var byRecord =
        server.trace(
            TraceRequest.newBuilder().setRecordId("record of a").setCollectionId(1).build());
    assertThat(byRecord.getRecordsList()).hasSize(1);
    assertThat(byRecord.getRecords(0).getRecord().getStamp()).isEqualTo(a.getStamp());
    var byTime =
        server.trace(
            TraceRequest.newBuilder()
                .setFromStamp(a.getStamp())
                .setToStamp(b.getStamp())
                .setPrincipal("tester")
                .build());
    assertThat(byTime.getRecordsList())
        .extracting(r -> r.getRecord().getRequestId())
        .containsExactly("a", "b");
    assertThat(server.trace(TraceRequest.newBuilder().setLimit(2).build()).getRecordsList())
        .hasSize(2);
  }

  @Test
  void aSecondServerIsKeptOutOfTheDirectory() {
    assertThatThrownBy(() -> JournalServer.open(JournalConfig.defaults(directory), clock))
        .isInstanceOf(VecraftException.class)
        .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
    assertThatThrownBy(() -> FileClockBound.open(directory)).isInstanceOf(VecraftException.class);
  }

  @Test
  void limitsAreBackPressureAndLeaveNothingBehind() {
    JournalLimits d = JournalLimits.DEFAULTS;
    var tight =
        new JournalLimits(200, d.batchBytes(), d.inFlightBytes(), 1 << 10, 0, 0, d.pullBytes(), 1);
    restart(JournalConfig.defaults(directory).withLimits(tight));
    append(DATA, Appends.open(1, 0));
    Append large = Appends.of("large", Appends.upsert(1, 0, "large", 1000));
    assertThat(append(DATA, large).getFailure().getCode()).isEqualTo("limit_exceeded");
    server.tail(
        TailRequest.newBuilder().setPartition(DATA).build(),
        listener(new ArrayList<>(), new CompletableFuture<>()));
    assertThatThrownBy(() ->
            server.tail(
                TailRequest.newBuilder().setPartition(DATA).build(),
                listener(new ArrayList<>(), new CompletableFuture<>())))
        .isInstanceOf(VecraftException.class)
        .hasMessageContaining("tails");
    // The disk is looked at once a second: not while these are written.
    restart(JournalConfig.defaults(directory));
    for (int i = 0; i < 20; i++) {
      append(DATA, Appends.write("w" + i, 1, 0));
    }
    restart(JournalConfig.defaults(directory).withLimits(tight));
    assertThatThrownBy(() -> append(DATA, Appends.write("more", 1, 0)))
        .hasCauseInstanceOf(VecraftException.class)
        .hasMessageContaining("back_pressure");
    assertThat(server.inFlightBytes()).isZero();
    assertThat(pull(DATA, 1).getLastOffset()).isEqualTo(21);
  }

  @Test
  void anUnknownPartitionAndALostOffsetAreNamed() {
    assertThatThrownBy(() -> pull(99, 1)).hasMessageContaining("partition 99");
    assertThatThrownBy(() -> pull(DATA, 7)).hasMessageContaining("records were lost");
  }
}
