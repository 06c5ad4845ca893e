package io.vecraft.journal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.server.ClusterIdentity;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.GrpcJournalService;
import io.vecraft.journal.server.JournalConfig;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.server.ReplicaConfig;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.net.FreePorts;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.FindReuseRequest;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.Upsert;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three journal nodes behind sockets, used as one. Election timeout: 300 to 600 ms. */
final class RoutedJournalTest {
  private static final int DATA = Partitions.FIRST_DATA;
  private static final ClusterIdentity CLUSTER =
      new ClusterIdentity(new UUID(7, 8), 1, new Partitions(1));
  private static final RetryPolicy POLICY =
      new RetryPolicy(Duration.ofSeconds(30), Duration.ofMillis(10), Duration.ofMillis(100));

  @TempDir Path directory;
  private final Map<String, JournalServer> nodes = new HashMap<>();
  private final Map<String, InternalServer> ports = new HashMap<>();
  private final Map<String, JournalApi> calls = new HashMap<>();
  private final List<RaftMember> members = new ArrayList<>();
  private InternalChannels channels;
  private FileClockBound bound;
  private QuorumClock clock;
  private RoutedJournal journal;

  @BeforeEach
  void open() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      members.add(new RaftMember(name, "127.0.0.1", FreePorts.next()));
    }
    bound = FileClockBound.open(directory.resolve("clock"));
    clock = QuorumClock.single(bound, MachineTime.SYSTEM);
    channels = new InternalChannels(Optional.empty());
    for (RaftMember member : members) {
      start(member, FreePorts.next());
    }
    Map<String, JournalApi> known = Map.copyOf(calls);
    journal = new RoutedJournal(partition -> known, CLUSTER::partitions, POLICY);
    AppendResult opened =
        append(
            Operation.newBuilder()
                .setCollectionId(1)
                .setOpenShard(OpenShard.newBuilder().setEpoch(1))
                .build(),
            "open");
    assertThat(opened.hasFailure()).as("%s", opened).isFalse();
  }

  @AfterEach
  void close() {
    journal.close();
    channels.close();
    members.forEach(m -> stop(m.id()));
    bound.close();
  }

  private void start(RaftMember member, int port) {
    ReplicaConfig replica =
        ReplicaConfig.defaults(member, members, CLUSTER)
            .withElectionTimeout(Duration.ofMillis(300), Duration.ofMillis(600));
    JournalConfig config = JournalConfig.defaults(directory.resolve(member.id()));
    JournalServer node = JournalServer.openReplica(config, replica, clock);
    InternalServer server =
        InternalServer.start(
            new HostAndPort("127.0.0.1", port),
            Optional.empty(),
            List.of(new GrpcJournalService(node)));
    nodes.put(member.id(), node);
    ports.put(member.id(), server);
    var channel = channels.to(new HostAndPort("127.0.0.1", server.port()));
    calls.put(member.id(), new GrpcJournalApi(channel, Duration.ofSeconds(2)));
  }

  /** Ends a node; the port goes first, so that its clients lose answers under way. */
  private int stop(String name) {
    InternalServer server = ports.remove(name);
    if (server == null) {
      return 0;
    }
    int port = server.port();
    server.close();
    nodes.remove(name).close();
    return port;
  }

  private AppendResult append(Operation operation, String requestId) {
    Append append =
        Append.newBuilder()
            .setRequestId(requestId)
            .setPrincipal("p")
            .addOperations(operation)
            .build();
    return journal
        .appendBatch(AppendBatchRequest.newBuilder().setPartition(DATA).addAppends(append).build())
        .join()
        .getResults(0);
  }

  private AppendResult write(int number) {
    return append(
        Operation.newBuilder()
            .setCollectionId(1)
            .setShardEpoch(1)
            .setUpsert(Upsert.newBuilder().setId("r" + number))
            .build(),
        "w" + number);
  }

  private String leader() {
    return journal.status().getPartitionsList().stream()
        .filter(p -> p.getPartition() == DATA)
        .map(PartitionStatus::getLeader)
        .findFirst()
        .orElseThrow();
  }

  private List<String> written() {
    var ids = new ArrayList<String>();
    long from = 1;
    while (true) {
      PullResponse part =
          journal.pull(PullRequest.newBuilder().setPartition(DATA).setFromOffset(from).build());
      part.getRecordsList().forEach(r -> ids.add(r.getRequestId()));
      from = part.getNextOffset();
      if (from > part.getLastOffset()) {
        return ids;
      }
    }
  }

  @Test
  void writesGoOnAndAreThereOnceWhileLeadersEnd() {
    var tailed = new CopyOnWriteArrayList<Record>();
    JournalApi.Subscription tail =
        journal.tail(
            TailRequest.newBuilder().setPartition(DATA).setFromOffset(1).build(),
            new JournalApi.TailListener() {
              @Override
              public void onRecords(PullResponse batch) {
                tailed.addAll(batch.getRecordsList());
              }

              @Override
              public void onEnd(Throwable cause) {
                throw new AssertionError("the tail has ended", cause);
              }
            });
    int number = 0;
    for (int round = 0; round < 2; round++) {
      String leader = leader();
      for (int i = 0; i < 20; i++) {
        assertThat(write(number++).hasFailure()).isFalse();
      }
      int port = stop(leader);
      for (int i = 0; i < 20; i++) {
        AppendResult result = write(number++);
        assertThat(result.hasFailure()).as("%s", result).isFalse();
      }
      start(members.stream().filter(m -> m.id().equals(leader)).findFirst().orElseThrow(), port);
    }
    List<String> expected = new ArrayList<>(List.of("open"));
    IntStream.range(0, number).forEach(n -> expected.add("w" + n));
    journal.getOffset(GetOffsetRequest.newBuilder().setPartition(DATA).build()).join();
    assertThat(written()).isEqualTo(expected);
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () -> assertThat(tailed).extracting(Record::getRequestId).isEqualTo(expected));
    tail.close();
  }

  @Test
  void whoOnlyReadsComesToReadFromTheLeader() {
    write(1);
    String leader = leader();
    var asked = new CopyOnWriteArrayList<String>();
    // Without a belief the first is tried first.
    Map<String, JournalApi> leaderLast = new LinkedHashMap<>();
    calls.forEach((name, api) -> {
      if (!name.equals(leader)) {
        leaderLast.put(name, noting(asked, name, api));
      }
    });
    leaderLast.put(leader, noting(asked, leader, calls.get(leader)));
    try (var reader = new RoutedJournal(partition -> leaderLast, CLUSTER::partitions, POLICY)) {
      JournalApi.Subscription tail =
          reader.tail(
              TailRequest.newBuilder().setPartition(DATA).setPositionsOnly(true).build(),
              new JournalApi.TailListener() {
                @Override
                public void onRecords(PullResponse batch) {}

                @Override
                public void onEnd(Throwable cause) {
                  throw new AssertionError("the tail has ended", cause);
                }
              });
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertThat(asked).endsWith("tail " + leader));
      tail.close();
      asked.clear();
      PullRequest all = PullRequest.newBuilder().setPartition(DATA).build();
      PullResponse answer = reader.pull(all);
      assertThat(asked).containsExactly("pull " + leader);
      PullRequest second = all.toBuilder().setFromOffset(2).build();
      assertThat(reader.pullAll(List.of(all, second)))
          .extracting(PullResponse::getRecordsList)
          .containsExactly(
              answer.getRecordsList(),
              answer.getRecordsList().subList(1, answer.getRecordsCount()));
    }
  }

  @Test
  void callsGoOnWhenTheRequestThatTheyWereMadeForHasEnded() {
    Context.CancellableContext ended = Context.current().withCancellation();
    ended.cancel(null);
    ended.run(() -> {
      assertThat(write(1).hasFailure()).isFalse();
      assertThat(journal.getOffset(GetOffsetRequest.newBuilder().setPartition(DATA).build()).join())
          .satisfies(position -> assertThat(position.getOffset()).isEqualTo(2));
      assertThat(written()).containsExactly("open", "w1");
    });
  }

  /** The node's calls, each noted before it is made. */
  private static JournalApi noting(List<String> asked, String name, JournalApi node) {
    return (JournalApi)
        Proxy.newProxyInstance(
            JournalApi.class.getClassLoader(),
            new Class<?>[] {JournalApi.class},
            (proxy, method, arguments) -> {
              asked.add(method.getName() + " " + name);
              try {
                return method.invoke(node, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void questionsAboutRequestsGoToThoseWhoKnow() {
    AppendResult first = write(1);
    assertThat(write(1).getOffset()).isEqualTo(first.getOffset());
    assertThat(journal.trace(TraceRequest.newBuilder().setRequestId("w1").build()).getRecordsList())
        .hasSize(1);
    FindReuseRequest.Builder asked =
        FindReuseRequest.newBuilder().setPrincipal("p").setRequestId("w1");
    assertThat(journal.findReuse(asked.build()).getReused()).isFalse();
    ByteString other = ByteString.copyFromUtf8("another body");
    assertThat(journal.findReuse(asked.setRequestDigest(other).build()).getReused()).isTrue();
  }

  @Test
  void withoutAMajorityNothingIsTaken() {
    write(1);
    members.stream().map(RaftMember::id).limit(2).forEach(this::stop);
    try (var impatient =
        new RoutedJournal(
            partition -> Map.copyOf(calls),
            CLUSTER::partitions,
            new RetryPolicy(
                Duration.ofSeconds(2), Duration.ofMillis(10), Duration.ofMillis(100)))) {
      var barrier = impatient.getOffset(GetOffsetRequest.newBuilder().setPartition(DATA).build());
      assertThatThrownBy(barrier::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(
              VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }
  }
}
