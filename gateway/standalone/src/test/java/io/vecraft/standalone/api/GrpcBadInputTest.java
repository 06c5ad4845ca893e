package io.vecraft.standalone.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.proto.api.AlterCollectionRequest;
import io.vecraft.proto.api.ClusterDescription;
import io.vecraft.proto.api.CollectionServiceGrpc;
import io.vecraft.proto.api.CountRequest;
import io.vecraft.proto.api.CreateCollectionRequest;
import io.vecraft.proto.api.CreateKeyRequest;
import io.vecraft.proto.api.DeleteManyRequest;
import io.vecraft.proto.api.DeleteRequest;
import io.vecraft.proto.api.DropCollectionRequest;
import io.vecraft.proto.api.GetClusterRequest;
import io.vecraft.proto.api.GetCollectionRequest;
import io.vecraft.proto.api.GetOperationRequest;
import io.vecraft.proto.api.GetRequest;
import io.vecraft.proto.api.HistoryRequest;
import io.vecraft.proto.api.InsertRequest;
import io.vecraft.proto.api.LineageServiceGrpc;
import io.vecraft.proto.api.MetaServiceGrpc;
import io.vecraft.proto.api.PatchRequest;
import io.vecraft.proto.api.ReadOptions;
import io.vecraft.proto.api.ReadPartitionRequest;
import io.vecraft.proto.api.Record;
import io.vecraft.proto.api.RecordServiceGrpc;
import io.vecraft.proto.api.RevokeKeyRequest;
import io.vecraft.proto.api.ScrollRequest;
import io.vecraft.proto.api.TailRequest;
import io.vecraft.proto.api.TransactionServiceGrpc;
import io.vecraft.proto.api.VectorSearchServiceGrpc;
import io.vecraft.proto.api.WatchClusterRequest;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad input to every method of every service: status, code and field; and bytes that are none. */
class GrpcBadInputTest {
  private static final int BODY_BYTES = 64 << 10;
  private static final String ANY = "*";

  @TempDir static Path directory;
  private static Standalone server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    server =
        Standalone.start(
            StandaloneConfig.builder(directory)
                .port(0)
                .limits(Limits.defaults().with(Limit.BODY_BYTES, BODY_BYTES))
                .build());
    channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    var made =
        CollectionServiceGrpc.newBlockingStub(channel)
            .createCollection(
                CreateCollectionRequest.newBuilder().setName("c").setDimension(2).build());
    assertThat(made.getCreated()).isTrue();
  }

  @AfterAll
  static void stop() {
    channel.shutdownNow();
    server.close();
  }

  record Case(String name, Runnable call, Status.Code status, String code, String field) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case bad(String name, String field, Runnable call) {
    return new Case(name, call, Status.Code.INVALID_ARGUMENT, "invalid_argument", field);
  }

  private static Case limit(String name, String field, Runnable call) {
    return new Case(name, call, Status.Code.INVALID_ARGUMENT, "limit_exceeded", field);
  }

  private static Case missing(String name, String code, Runnable call) {
    return new Case(name, call, Status.Code.NOT_FOUND, code, ANY);
  }

  private static RecordServiceGrpc.RecordServiceBlockingStub records() {
    return RecordServiceGrpc.newBlockingStub(channel);
  }

  private static CollectionServiceGrpc.CollectionServiceBlockingStub collections() {
    return CollectionServiceGrpc.newBlockingStub(channel);
  }

  private static LineageServiceGrpc.LineageServiceBlockingStub lineage() {
    return LineageServiceGrpc.newBlockingStub(channel);
  }

  private static MetaServiceGrpc.MetaServiceBlockingStub meta() {
    return MetaServiceGrpc.newBlockingStub(channel);
  }

  private static Runnable create(Consumer<CreateCollectionRequest.Builder> change) {
    return () -> {
      var request = CreateCollectionRequest.newBuilder().setName("n").setDimension(2);
      change.accept(request);
      var unused = collections().createCollection(request.build());
    };
  }

  private static Runnable get(Consumer<ReadOptions.Builder> change) {
    return () -> {
      var read = ReadOptions.newBuilder();
      change.accept(read);
      var unused =
          records()
              .get(GetRequest.newBuilder().setCollection("c").addIds("a").setRead(read).build());
    };
  }

  static Stream<Case> collectionCases() {
    return Stream.of(
        bad("name", "name", create(r -> r.setName("A"))),
        bad("no name", "name", create(r -> r.setName(""))),
        bad("dimension", "dimension", create(r -> r.setDimension(0))),
        limit("large dimension", "dimension", create(r -> r.setDimension(4_097))),
        bad("metric", "metric", create(r -> r.setMetric("x"))),
        bad("shards", "shards", create(r -> r.setShards(-1))),
        limit("many shards", "shards", create(r -> r.setShards(65))),
        bad("type", "schema.a", create(r -> r.putSchema("a", "x"))),
        bad("window", "time_travel_window_s", create(r -> r.setTimeTravelWindowS(-1))),
        bad("m", "index.m", create(r -> r.getIndexBuilder().setM(1))),
        bad("ef", "index.ef_construction", create(r -> r.getIndexBuilder().setEfConstruction(1))),
        bad(
            "quantization",
            "index.quantization",
            create(r -> r.getIndexBuilder().setQuantization("x"))),
        bad(
            "embedding",
            "embedding.provider",
            create(r ->
                r.setEmbedding(
                    Struct.newBuilder()
                        .putFields(
                            "provider",
                            com.google.protobuf.Value.newBuilder().setStringValue("x").build())))),
        new Case(
            "exists",
            () ->
                collections()
                    .createCollection(
                        CreateCollectionRequest.newBuilder().setName("c").setDimension(3).build()),
            Status.Code.ALREADY_EXISTS,
            "collection_exists",
            "name"),
        bad(
            "alter nothing",
            ANY,
            () ->
                collections()
                    .alterCollection(AlterCollectionRequest.newBuilder().setName("c").build())),
        missing(
            "alter",
            "collection_not_found",
            () ->
                collections()
                    .alterCollection(
                        AlterCollectionRequest.newBuilder()
                            .setName("none")
                            .setTimeTravelWindowS(5)
                            .build())),
        missing(
            "get",
            "collection_not_found",
            () ->
                collections()
                    .getCollection(GetCollectionRequest.newBuilder().setName("none").build())),
        bad(
            "get badly",
            "name",
            () ->
                collections()
                    .getCollection(GetCollectionRequest.newBuilder().setName("A").build())),
        missing(
            "drop",
            "collection_not_found",
            () ->
                collections()
                    .dropCollection(DropCollectionRequest.newBuilder().setName("none").build())),
        bad(
            "drop badly",
            "name",
            () ->
                collections()
                    .dropCollection(DropCollectionRequest.newBuilder().setName("-").build())));
  }

  static Stream<Case> recordCases() {
    return Stream.of(
        bad("level", "consistency_level", get(r -> r.setConsistencyLevelValue(7))),
        bad("staleness", "max_staleness_ms", get(r -> r.setMaxStalenessMs(-1))),
        bad("offset", "min_required_offset", get(r -> r.setMinRequiredOffset(-1))),
        bad("as of", "as_of", get(r -> r.setAsOf(-1))),
        new Case(
            "token",
            get(r -> r.setSessionToken("x")),
            Status.Code.INVALID_ARGUMENT,
            "invalid_token",
            "session_token"),
        new Case(
            "future",
            get(r -> r.setAsOf(Long.MAX_VALUE - 1)),
            Status.Code.INVALID_ARGUMENT,
            "stamp_in_future",
            "as_of"),
        missing(
            "unknown",
            "collection_not_found",
            () -> records().get(GetRequest.newBuilder().setCollection("none").addIds("a").build())),
        bad(
            "no ids",
            "ids",
            () -> records().get(GetRequest.newBuilder().setCollection("c").build())),
        bad(
            "empty id",
            "ids[0]",
            () -> records().get(GetRequest.newBuilder().setCollection("c").addIds("").build())),
        bad(
            "insert nothing",
            "record.vector",
            () -> records().insert(InsertRequest.newBuilder().setCollection("c").build())),
        bad(
            "insert with text and vector",
            "record.text",
            () ->
                records()
                    .insert(
                        InsertRequest.newBuilder()
                            .setCollection("c")
                            .setRecord(Record.newBuilder().setText("x").addVector(1).addVector(1))
                            .build())),
        bad(
            "patch nothing",
            "id",
            () -> records().patch(PatchRequest.newBuilder().setCollection("c").build())),
        bad(
            "patch version",
            "if_version",
            () ->
                records()
                    .patch(
                        PatchRequest.newBuilder()
                            .setCollection("c")
                            .setId("a")
                            .setIfVersion(-1)
                            .build())),
        bad(
            "delete nothing",
            "id",
            () -> records().delete(DeleteRequest.newBuilder().setCollection("c").build())),
        bad(
            "delete version",
            "if_version",
            () ->
                records()
                    .delete(
                        DeleteRequest.newBuilder()
                            .setCollection("c")
                            .setId("a")
                            .setIfVersion(-1)
                            .build())),
        bad(
            "delete what",
            "ids",
            () -> records().deleteMany(DeleteManyRequest.newBuilder().setCollection("c").build())),
        bad(
            "delete both",
            ANY,
            () ->
                records()
                    .deleteMany(
                        DeleteManyRequest.newBuilder()
                            .setCollection("c")
                            .addIds("a")
                            .setAll(true)
                            .build())),
        new Case(
            "filter",
            () ->
                records()
                    .count(CountRequest.newBuilder().setCollection("c").setFilter("a = ").build()),
            Status.Code.INVALID_ARGUMENT,
            "invalid_filter",
            "filter"),
        new Case(
            "scroll filter",
            () ->
                records()
                    .scroll(ScrollRequest.newBuilder().setCollection("c").setFilter("(").build()),
            Status.Code.INVALID_ARGUMENT,
            "invalid_filter",
            "filter"),
        bad(
            "cursor",
            "cursor",
            () ->
                records()
                    .scroll(ScrollRequest.newBuilder().setCollection("c").setCursor("x").build())),
        limit(
            "page",
            "limit",
            () ->
                records()
                    .scroll(
                        ScrollRequest.newBuilder().setCollection("c").setLimit(10_001).build())));
  }

  static Stream<Case> otherCases() {
    return Stream.of(
        missing(
            "operation",
            "request_not_found",
            () ->
                lineage()
                    .getOperation(GetOperationRequest.newBuilder().setRequestId("none").build())),
        bad(
            "operation badly",
            "request_id",
            () ->
                lineage()
                    .getOperation(GetOperationRequest.newBuilder().setRequestId("a b").build())),
        bad(
            "history",
            "id",
            () -> lineage().history(HistoryRequest.newBuilder().setCollection("c").build())),
        bad(
            "history limit",
            "limit",
            () ->
                lineage()
                    .history(
                        HistoryRequest.newBuilder()
                            .setCollection("c")
                            .setId("a")
                            .setLimit(-1)
                            .build())),
        bad(
            "history cursor",
            "cursor",
            () ->
                lineage()
                    .history(
                        HistoryRequest.newBuilder()
                            .setCollection("c")
                            .setId("a")
                            .setCursor("x")
                            .build())),
        missing(
            "partition",
            "not_found",
            () ->
                lineage()
                    .readPartition(ReadPartitionRequest.newBuilder().setPartition(99).build())),
        bad(
            "from",
            "from",
            () ->
                lineage()
                    .readPartition(
                        ReadPartitionRequest.newBuilder().setPartition(1).setFrom(-1).build())),
        bad(
            "tail",
            "collection",
            () -> lineage().tail(TailRequest.newBuilder().setCollection("A").build()).hasNext()),
        bad(
            "tail from",
            "from",
            () -> lineage().tail(TailRequest.newBuilder().setFrom(-1).build()).hasNext()),
        bad(
            "tail after",
            "after",
            () -> lineage().tail(TailRequest.newBuilder().setAfter(-1).build()).hasNext()),
        missing(
            "tail of nothing",
            "collection_not_found",
            () -> lineage().tail(TailRequest.newBuilder().setCollection("none").build()).hasNext()),
        bad(
            "key without a name",
            "name",
            () -> meta().createKey(CreateKeyRequest.newBuilder().addGrants("read").build())),
        bad(
            "key without grants",
            "grants",
            () -> meta().createKey(CreateKeyRequest.newBuilder().setName("k").build())),
        bad(
            "key grant",
            "grants[0]",
            () ->
                meta()
                    .createKey(
                        CreateKeyRequest.newBuilder().setName("k").addGrants("read:A").build())),
        missing(
            "revoke",
            "not_found",
            () -> meta().revokeKey(RevokeKeyRequest.newBuilder().setId("none").build())));
  }

  static Stream<Case> headerCases() {
    var cases = new ArrayList<Case>();
    for (List<String> header :
        List.of(
            List.of("x-request-id", "a b", "invalid_header", "X-Request-Id"),
            List.of("x-timeout-ms", "0", "invalid_header", "X-Timeout-Ms"),
            List.of("x-timeout-ms", "x", "invalid_header", "X-Timeout-Ms"),
            List.of("x-consistency-level", "x", "invalid_header", "X-Consistency-Level"),
            List.of("x-max-staleness-ms", "-1", "invalid_header", "X-Max-Staleness-Ms"),
            List.of("x-session-token", "x", "invalid_token", "X-Session-Token"),
            List.of("traceparent", "x", "invalid_header", "traceparent"))) {
      var metadata = new Metadata();
      metadata.put(Metadata.Key.of(header.get(0), Metadata.ASCII_STRING_MARSHALLER), header.get(1));
      var stub = records().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
      cases.add(
          new Case(
              header.get(0) + ": " + header.get(1),
              () -> stub.count(CountRequest.newBuilder().setCollection("c").build()),
              Status.Code.INVALID_ARGUMENT,
              header.get(2),
              header.get(3)));
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"collectionCases", "recordCases", "otherCases", "headerCases"})
  void isToldWithStatusCodeAndField(Case bad) throws Exception {
    StatusRuntimeException e =
        catchThrowableOfType(StatusRuntimeException.class, () -> bad.call().run());
    assertThat(e).as("it was taken").isNotNull();
    check(e, bad.status(), bad.code());
    if (!bad.field().equals(ANY)) {
      assertThat(info(e).getMetadataMap()).as(e.toString()).containsEntry("field", bad.field());
    }
  }

  private static void check(StatusRuntimeException e, Status.Code status, String code)
      throws Exception {
    assertThat(e.getStatus().getCode()).as(e.toString()).isEqualTo(status);
    assertThat(info(e).getReason()).as(e.toString()).isEqualTo(code);
    assertThat(info(e).getMetadataMap().get("request_id")).as(e.toString()).isNotEmpty();
    assertThat(e.getStatus().getDescription())
        .doesNotContain("Exception")
        .doesNotContain("io.vecraft");
  }

  private static ErrorInfo info(StatusRuntimeException e) throws Exception {
    for (Any any : StatusProto.fromThrowable(e).getDetailsList()) {
      if (any.is(ErrorInfo.class)) {
        return any.unpack(ErrorInfo.class);
      }
    }
    throw new AssertionError("no details in " + e);
  }

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return ByteString.copyFrom(value).newInput();
        }

        @Override
        public byte[] parse(InputStream stream) {
          return new byte[0];
        }
      };

  private static StatusRuntimeException send(String method, byte[] message) {
    var descriptor =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(method)
            .setRequestMarshaller(BYTES)
            .setResponseMarshaller(BYTES)
            .build();
    return catchThrowableOfType(
        StatusRuntimeException.class,
        () -> ClientCalls.blockingUnaryCall(channel, descriptor, CallOptions.DEFAULT, message));
  }

  static Stream<String> methods() {
    return descriptors().map(MethodDescriptor::getFullMethodName);
  }

  static Stream<String> unaryMethods() {
    return descriptors()
        .filter(method -> method.getType() == MethodDescriptor.MethodType.UNARY)
        .map(MethodDescriptor::getFullMethodName);
  }

  private static Stream<MethodDescriptor<?, ?>> descriptors() {
    return Stream.of(
            VectorSearchServiceGrpc.getServiceDescriptor(),
            RecordServiceGrpc.getServiceDescriptor(),
            TransactionServiceGrpc.getServiceDescriptor(),
            CollectionServiceGrpc.getServiceDescriptor(),
            LineageServiceGrpc.getServiceDescriptor(),
            MetaServiceGrpc.getServiceDescriptor())
        .flatMap(service -> service.getMethods().stream());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void bytesThatAreNoMessageAreRefused(String method) throws Exception {
    for (byte[] message :
        List.of(
            new byte[] {0x0A, 0x7F, 1},
            new byte[] {(byte) 0xFF},
            new byte[] {0x0B, 0x0B, 0x0B},
            new byte[] {0x0A, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x0F})) {
      check(send(method, message), Status.Code.INVALID_ARGUMENT, "invalid_argument");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unaryMethods")
  void aMessageOverTheLimitIsRefused(String method) throws Exception {
    check(send(method, new byte[BODY_BYTES + 1]), Status.Code.RESOURCE_EXHAUSTED, "body_too_large");
  }

  @Test
  void textThatIsNotUtf8IsRefused() throws Exception {
    byte[] message = {0x3A, 0x02, (byte) 0xC3, 0x28};
    check(
        send("vecraft.v1.VectorSearchService/Search", message),
        Status.Code.INVALID_ARGUMENT,
        "invalid_argument");
  }

  @Test
  void aMethodThatIsNotThereIsUnimplemented() {
    for (String method :
        List.of(
            "vecraft.v1.VectorSearchService/Nothing",
            "vecraft.v1.Nothing/Search",
            "vecraft.journal.v1.JournalService/AppendBatch",
            "vecraft.journal.v1.ClockService/Advance")) {
      StatusRuntimeException e = send(method, new byte[0]);
      assertThat(e.getStatus().getCode()).as(e.toString()).isEqualTo(Status.Code.UNIMPLEMENTED);
    }
  }

  @Test
  void reflectionNamesThePublicServicesAlone() throws Exception {
    var answer = new CompletableFuture<ServerReflectionResponse>();
    var requests =
        ServerReflectionGrpc.newStub(channel)
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse value) {
                    answer.complete(value);
                  }

                  @Override
                  public void onError(Throwable e) {
                    answer.completeExceptionally(e);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    var names = new TreeSet<String>();
    answer.get().getListServicesResponse().getServiceList().forEach(s -> names.add(s.getName()));
    requests.onCompleted();
    assertThat(names)
        .contains(
            "grpc.health.v1.Health",
            "vecraft.v1.CollectionService",
            "vecraft.v1.LineageService",
            "vecraft.v1.MetaService",
            "vecraft.v1.RecordService",
            "vecraft.v1.TransactionService",
            "vecraft.v1.VectorSearchService")
        .noneMatch(name -> name.startsWith("vecraft.journal"));
  }

  @Test
  void theClusterAndAKeyAreToldAsInRest() {
    ClusterDescription cluster = meta().getCluster(GetClusterRequest.getDefaultInstance());
    assertThat(cluster.getRolesList()).contains("gateway", "journal");
    assertThat(cluster.getClockMembersList()).isNotEmpty();
    assertThat(cluster.getClockEpoch()).isPositive();
    assertThat(cluster.getNodes(0).getVersion()).isNotEmpty();
    assertThat(meta().watchCluster(WatchClusterRequest.getDefaultInstance()).next().getClusterId())
        .isEqualTo(cluster.getClusterId());
    var key =
        meta().createKey(CreateKeyRequest.newBuilder().setName("k").addGrants("read").build());
    assertThat(key.getSessionToken()).isNotEmpty();
    assertThat(key.getHlc()).isPositive();
    var revoked =
        meta().revokeKey(RevokeKeyRequest.newBuilder().setId(key.getKey().getId()).build());
    assertThat(revoked.getSessionToken()).isNotEmpty();
  }
}
