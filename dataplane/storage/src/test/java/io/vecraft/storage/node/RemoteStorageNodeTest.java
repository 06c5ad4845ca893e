package io.vecraft.storage.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.FilterParser;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.storage.SearchRequest;
import io.vecraft.proto.storage.SearchResponse;
import io.vecraft.proto.storage.ShardRef;
import io.vecraft.proto.storage.StorageServiceGrpc;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchHits;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.replay.ReplayGate;
import io.vecraft.storage.rpc.FreezableServer;
import io.vecraft.storage.rpc.GrpcStorageService;
import io.vecraft.storage.rpc.RemoteStorageNode;
import io.vecraft.storage.rpc.RemoteStorageSettings;
import io.vecraft.storage.rpc.StorageRpcSettings;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node on a real journal, seen from another process: over a real socket. */
class RemoteStorageNodeTest {
  private static final StorageRpcSettings SERVICE = StorageRpcSettings.defaults();

  @TempDir Path directory;
  private TestJournal journal;
  private StorageNode node;
  private GrpcStorageService service;
  private FreezableServer server;
  private RemoteStorageNode remote;
  private final InternalChannels channels = new InternalChannels(Optional.empty());
  private final List<AutoCloseable> others = new ArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    journal = new TestJournal(directory.resolve("journal"));
    node = open("node-1", ReplayGate.OPEN);
    service = new GrpcStorageService(node, SERVICE);
    server = new FreezableServer(service);
    remote = remote("node-1");
    eventually(remote::serving);
  }

  private StorageNode open(String name, ReplayGate gate) {
    return StorageNode.open(
        StorageConfig.of(name, directory.resolve(name), journal.partitions, failures::add)
            .withGate(gate),
        journal.api(),
        journal.clock);
  }

  private RemoteStorageNode remote(String name) {
    return new RemoteStorageNode(
        name, NodePool.SHARED, channels.to(server.address()), RemoteStorageSettings.defaults());
  }

  @AfterEach
  void stop() throws Exception {
    remote.close();
    channels.close();
    for (AutoCloseable other : others) {
      other.close();
    }
    service.close();
    server.close();
    node.close();
    journal.close();
    assertThat(failures).isEmpty();
  }

  private static void eventually(java.util.concurrent.Callable<Boolean> holds) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofMinutes(2))
        .until(holds);
  }

  private static Deadline soon() {
    return Deadline.afterMillis(60_000);
  }

  private static void assertCode(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(VecraftException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private ShardReader reader(CollectionState c, int shard, long stamp) {
    remote.awaitCatalog(stamp, soon());
    ShardReader reader = remote.reader(new ShardId(c.getId(), shard)).orElseThrow();
    reader.awaitFrontier(stamp, soon());
    return reader;
  }

  @Test
  void everyReadAnswersAsInTheProcess() {
    CollectionState c = journal.create("docs", 3, 1, Map.of("i", "integer"));
    long middle = 0;
    for (int i = 0; i < 60; i++) {
      String id = "r" + i % 40;
      long at =
          journal.write(
              c, journal.upsert(c, id, "{\"i\":" + i + "}", TestJournal.always(), i, 1, 2), id);
      middle = i == 30 ? at : middle;
    }
    long deleted = journal.write(c, journal.delete(c, "r3"), "r3");
    long now = journal.barrier();
    ShardReader here = journal.readers(node, c, now).getFirst();
    ShardReader there = reader(c, 0, now);
    Filter filter = FilterParser.fromSql("i >= 10 AND NOT (i = 20 OR i IN (31, 32))");
    for (long asOf : new long[] {middle, now}) {
      for (Optional<Filter> f : List.of(Optional.<Filter>empty(), Optional.of(filter))) {
        var spec = new SearchSpec(new float[] {12, 1, 2}, 7, 0, false, f, Include.ALL);
        assertSame(there.search(spec, asOf, soon()), here.search(spec, asOf, soon()));
        assertThat(there.count(f, asOf)).isEqualTo(here.count(f, asOf));
        assertRecords(
            there.scroll(f, Optional.of("r2"), 9, asOf, Include.ALL),
            here.scroll(f, Optional.of("r2"), 9, asOf, Include.ALL));
      }
      assertRecords(
          there.get(List.of("r3", "no", "r9"), asOf, Include.METADATA),
          here.get(List.of("r3", "no", "r9"), asOf, Include.METADATA));
      assertThat(there.operationsApplied(asOf)).isEqualTo(here.operationsApplied(asOf));
      assertThat(there.operationsAppliedIfKnown(asOf)).hasValue(here.operationsApplied(asOf));
      assertThat(there.checksum(asOf)).isEqualTo(here.checksum(asOf));
    }
    assertThat(there.history("r3", now, 5))
        .usingRecursiveComparison()
        .isEqualTo(here.history("r3", now, 5));
    List<String> ids = List.of("no", "r9", "r3");
    for (int versions = 1; versions <= 10; versions++) {
      assertThat(there.firstWithVersions(ids, versions))
          .isEqualTo(here.firstWithVersions(ids, versions));
    }
    assertThat(there.firstWithVersions(ids, 1)).hasValue(1);
    assertThat(there.firstWithVersions(ids, 10)).isEmpty();
    assertThat(there.outcomes(deleted)).isPresent().isEqualTo(here.outcomes(deleted));
    assertThat(there.outcomes(deleted - 1)).isEmpty();
    assertThat(there.stats().records()).isEqualTo(here.stats().records());
    assertThat(there.shard()).isEqualTo(here.shard());
    assertThat(there.node()).isEqualTo("node-1");
    assertThat(remote.catalog().collections()).containsExactlyElementsOf(List.of(c));
    assertThat(remote.catalog().stamp()).isEqualTo(node.catalog().stamp());
    assertThat(remote.catalog().nextId()).isEqualTo(node.catalog().nextId());
    remote.decide(deleted, soon());
  }

  private static void assertSame(SearchHits there, SearchHits here) {
    assertThat(there).usingRecursiveComparison().isEqualTo(here);
    assertThat(there.hits()).isNotEmpty();
  }

  private static void assertRecords(List<RecordView> there, List<RecordView> here) {
    assertThat(there).usingRecursiveComparison().isEqualTo(here);
  }

  @Test
  void theFrontierIsToldWithoutBeingAskedForAndWithWhatWasApplied() {
    CollectionState c = journal.create("docs", 1, 2, Map.of());
    long version = journal.write(c, journal.upsert(c, "a", "{}", TestJournal.always(), 1), "a");
    eventually(() ->
        remote.readers().size() == 2
            && remote.readers().stream().allMatch(r -> r.frontier() >= version));
    ShardReader reader = remote.reader(journal.shard(c, "a")).orElseThrow();
    assertThat(reader.operationsAppliedIfKnown(reader.frontier())).hasValue(1);
    assertThat(reader.knownStamp()).isGreaterThanOrEqualTo(reader.frontier());
    assertThat(reader.safePoint()).isLessThanOrEqualTo(reader.frontier());
  }

  @Test
  void droppedShardsGo() {
    CollectionState c = journal.create("docs", 1, 2, Map.of());
    reader(c, 1, journal.barrier());
    journal.append(
        io.vecraft.journal.catalog.Partitions.SYSTEM,
        List.of(
            io.vecraft.proto.journal.Operation.newBuilder()
                .setDropCollection(
                    io.vecraft.proto.journal.DropCollection.newBuilder().setCollectionId(c.getId()))
                .build()));
    eventually(() -> remote.readers().isEmpty());
  }

  @Test
  void aReadAheadOfTheReplicaOrElsewhereSendsTheReaderToAnother() {
    CollectionState c = journal.create("docs", 1, 1, Map.of());
    long now = journal.barrier();
    ShardReader reader = reader(c, 0, now);
    long ahead = now + (1L << 40);
    assertCode(ErrorCode.NOT_READY, () -> reader.get(List.of("a"), ahead, Include.ALL));
    assertCode(ErrorCode.NOT_READY, () -> reader.count(Optional.empty(), ahead));
    assertCode(ErrorCode.NOT_READY, () -> reader.outcomes(ahead));
    assertThat(remote.reader(new ShardId(c.getId(), 7))).isEmpty();
  }

  @Test
  void deadlinesEndCallsAndTheServersWaiting() {
    CollectionState c = journal.create("docs", 1, 1, Map.of());
    long now = journal.barrier();
    ShardReader reader = reader(c, 0, now);
    long ahead = now + (1L << 40);
    assertCode(
        ErrorCode.DEADLINE_EXCEEDED, () -> reader.awaitFrontier(ahead, Deadline.afterMillis(200)));
    assertCode(
        ErrorCode.DEADLINE_EXCEEDED,
        () -> reader.within(Deadline.afterMillis(-1)).count(Optional.empty(), now));
    eventually(() -> service.inFlight() == 0);
    // A caller that gives up long before its deadline takes the server's wait with it.
    Thread waiting =
        Thread.startVirtualThread(() -> {
          try {
            reader.awaitFrontier(ahead, soon());
          } catch (VecraftException e) {
            // As intended.
          }
        });
    eventually(() -> service.inFlight() == 1);
    waiting.interrupt();
    eventually(() -> service.inFlight() == 0);
  }

  @Test
  void aNodeThatStandsStillServesNothingUntilItMovesAgain() throws Exception {
    CollectionState c = journal.create("docs", 1, 1, Map.of());
    long now = journal.barrier();
    ShardReader reader = reader(c, 0, now);
    server.freeze();
    var waiting =
        CompletableFuture.supplyAsync(
            () -> reader.within(soon()).count(Optional.empty(), now),
            task -> Thread.startVirtualThread(task));
    eventually(() -> remote.readers().isEmpty());
    // The call under way does not wait for its deadline, and later ones do not begin.
    assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    assertCode(ErrorCode.UNAVAILABLE, () -> reader.count(Optional.empty(), now));
    assertCode(ErrorCode.UNAVAILABLE, () -> remote.awaitCatalog(now, soon()));
    server.thaw();
    eventually(() -> !remote.readers().isEmpty());
    // The process is the same: so are its readers.
    assertThat(remote.reader(reader.shard())).containsSame(reader);
    assertThat(reader.count(Optional.empty(), now)).isZero();
  }

  @Test
  void aProcessThatStartsAgainWithLessHasOtherReaders() throws Exception {
    CollectionState c = journal.create("docs", 1, 1, Map.of());
    journal.write(c, journal.upsert(c, "a", "{}", TestJournal.always(), 1), "a");
    long now = journal.barrier();
    ShardReader before = reader(c, 0, now);
    int port = server.address().port();
    service.close();
    server.close();
    eventually(() -> remote.readers().isEmpty());
    node.close();
    // The same name, from an empty directory, and held back.
    var held = new Held();
    node =
        StorageNode.open(
            StorageConfig.of(
                    "node-1", directory.resolve("empty"), journal.partitions, failures::add)
                .withGate(held),
            journal.api(),
            journal.clock);
    service = new GrpcStorageService(node, SERVICE);
    server = new FreezableServer(port, service);
    eventually(() -> !remote.readers().isEmpty());
    ShardReader after = remote.reader(before.shard()).orElseThrow();
    assertThat(after).isNotSameAs(before);
    assertThat(after.frontier()).isLessThan(now);
    assertThat(before.frontier()).isGreaterThanOrEqualTo(now);
    assertCode(ErrorCode.UNAVAILABLE, () -> before.count(Optional.empty(), now));
    held.open = true;
    after.awaitFrontier(now, soon());
    assertThat(after.count(Optional.empty(), now)).isEqualTo(1);
  }

  private static final class Held implements ReplayGate {
    volatile boolean open;

    @Override
    public boolean mayApply(int partition, Deadline deadline) throws InterruptedException {
      while (!open && !deadline.passed()) {
        Thread.sleep(5);
      }
      return open;
    }
  }

  @Test
  void pinsLastWhileTheirOwnerLives() throws Exception {
    others.add(remote);
    remote.close();
    var shortLease =
        new StorageRpcSettings(
            SERVICE.watchInterval(),
            SERVICE.heartbeat(),
            Duration.ofMillis(500),
            SERVICE.longest(),
            SERVICE.callsMax(),
            SERVICE.watchersMax(),
            SERVICE.scrollMax());
    int port = server.address().port();
    service.close();
    server.close();
    service = new GrpcStorageService(node, shortLease);
    server = new FreezableServer(port, service);
    remote = remote("node-1");
    RemoteStorageNode other = remote("node-1");
    others.add(other);
    eventually(() -> remote.serving() && other.serving());
    CollectionState c = journal.create("docs", 1, 1, Map.of());
    long now = journal.barrier();
    ShardReader.Pin closed = reader(c, 0, now).pin(now);
    reader(c, 0, now).pin(now);
    other.awaitCatalog(now, soon());
    ShardReader others = other.reader(new ShardId(c.getId(), 0)).orElseThrow();
    others.pin(now);
    assertThat(service.pins()).isEqualTo(3);
    closed.close();
    closed.close();
    eventually(() -> service.pins() == 2);
    other.close();
    eventually(() -> service.pins() == 1);
    Thread.sleep(1_500);
    assertThat(service.pins()).isEqualTo(1);
    // After another start of the process the pin is made again.
    service.close();
    server.close();
    service = new GrpcStorageService(node, shortLease);
    server = new FreezableServer(port, service);
    eventually(() -> service.pins() == 1);
  }

  @Test
  void anotherNodeAtTheAddressServesNothing() throws Exception {
    RemoteStorageNode stranger = remote("node-2");
    others.add(stranger);
    Thread.sleep(500);
    assertThat(stranger.serving()).isFalse();
    assertThat(stranger.readers()).isEmpty();
  }

  @Test
  void badMessagesAreInvalidArguments() {
    CollectionState c = journal.create("docs", 2, 1, Map.of());
    long now = journal.barrier();
    reader(c, 0, now);
    Channel channel = channels.to(server.address());
    var stub = StorageServiceGrpc.newBlockingStub(channel);
    var shard = ShardRef.newBuilder().setCollectionId(c.getId());
    assertStatus(
        Status.Code.INVALID_ARGUMENT, () -> stub.search(SearchRequest.getDefaultInstance()));
    var odd = SearchRequest.newBuilder().setShard(shard).setAsOf(now);
    odd.getSearchBuilder().setK(1).setVector(com.google.protobuf.ByteString.copyFrom(new byte[7]));
    assertStatus(Status.Code.INVALID_ARGUMENT, () -> stub.search(odd.build()));
    var tooShort = SearchRequest.newBuilder().setShard(shard).setAsOf(now);
    tooShort
        .getSearchBuilder()
        .setK(1)
        .setVector(com.google.protobuf.ByteString.copyFrom(new byte[4]));
    assertStatus(Status.Code.INVALID_ARGUMENT, () -> stub.search(tooShort.build()));
    var elsewhere = odd.build().toBuilder().setShard(shard.setShard(9));
    assertStatus(Status.Code.UNAVAILABLE, () -> stub.search(elsewhere.build()));
    MethodDescriptor<byte[], SearchResponse> raw =
        StorageServiceGrpc.getSearchMethod().toBuilder(
                new RawBytes(), StorageServiceGrpc.getSearchMethod().getResponseMarshaller())
            .build();
    assertStatus(
        Status.Code.INVALID_ARGUMENT,
        () ->
            ClientCalls.blockingUnaryCall(
                channel, raw, CallOptions.DEFAULT, new byte[] {10, 100, 1, 2, 3}));
  }

  private static final class RawBytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new AssertionError();
    }
  }

  private static void assertStatus(Status.Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).as(e.toString()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).isNotBlank().doesNotContain("Exception");
            });
  }
}
