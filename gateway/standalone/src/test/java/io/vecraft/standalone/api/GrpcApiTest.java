package io.vecraft.standalone.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.vecraft.proto.api.AlterCollectionRequest;
import io.vecraft.proto.api.CatalogDescription;
import io.vecraft.proto.api.CollectionServiceGrpc;
import io.vecraft.proto.api.ConsistencyLevel;
import io.vecraft.proto.api.CountRequest;
import io.vecraft.proto.api.CreateCollectionRequest;
import io.vecraft.proto.api.CreateKeyRequest;
import io.vecraft.proto.api.DecidedRecord;
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
import io.vecraft.proto.api.ListCollectionsRequest;
import io.vecraft.proto.api.ListKeysRequest;
import io.vecraft.proto.api.ListPartitionsRequest;
import io.vecraft.proto.api.MetaServiceGrpc;
import io.vecraft.proto.api.PatchRequest;
import io.vecraft.proto.api.ReadOptions;
import io.vecraft.proto.api.ReadPartitionRequest;
import io.vecraft.proto.api.Record;
import io.vecraft.proto.api.RecordServiceGrpc;
import io.vecraft.proto.api.RevokeKeyRequest;
import io.vecraft.proto.api.ScrollRequest;
import io.vecraft.proto.api.SearchRequest;
import io.vecraft.proto.api.SearchResponse;
import io.vecraft.proto.api.TailRequest;
import io.vecraft.proto.api.TransactionOperation;
import io.vecraft.proto.api.TransactionRequest;
import io.vecraft.proto.api.TransactionServiceGrpc;
import io.vecraft.proto.api.UpsertRequest;
import io.vecraft.proto.api.VectorSearchServiceGrpc;
import io.vecraft.proto.api.WatchCatalogRequest;
import io.vecraft.proto.api.WriteResponse;
import io.vecraft.proto.api.WriteResult;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The gRPC services with grpc-java's own client: what they do, and what they say of bad input. */
class GrpcApiTest {
  private static final Metadata.Key<String> REQUEST_ID =
      Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER);
  private static final ReadOptions STRONG =
      ReadOptions.newBuilder().setConsistencyLevel(ConsistencyLevel.STRONG).build();

  @TempDir static Path directory;
  private static Standalone server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() {
    server = Standalone.start(StandaloneConfig.builder(directory).port(0).build());
    channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    collection("c");
  }

  @AfterAll
  static void stop() {
    channel.shutdownNow();
    server.close();
  }

  private static void collection(String name) {
    var created =
        CollectionServiceGrpc.newBlockingStub(channel)
            .createCollection(
                CreateCollectionRequest.newBuilder()
                    .setName(name)
                    .setDimension(2)
                    .putSchema("year", "integer")
                    .build());
    assertThat(created.getCreated()).isTrue();
    assertThat(created.getSessionToken()).isNotEmpty();
  }

  private static RecordServiceGrpc.RecordServiceBlockingStub records() {
    return RecordServiceGrpc.newBlockingStub(channel);
  }

  private static Record record(String id, float x, float y) {
    return Record.newBuilder()
        .setId(id)
        .addVector(x)
        .addVector(y)
        .setMetadata(
            Struct.newBuilder()
                .putFields("name", Value.newBuilder().setStringValue(id).build())
                .putFields("n", Value.newBuilder().setNumberValue(3).build()))
        .build();
  }

  @Test
  void recordsAreWrittenReadChangedAndDeleted() {
    collection("records");
    WriteResponse written =
        records()
            .upsert(
                UpsertRequest.newBuilder()
                    .setCollection("records")
                    .addRecords(record("a", 1, 2))
                    .addRecords(record("b", 2, 1))
                    .build());
    assertThat(written.getResultsList()).extracting(r -> r.getOutcome()).containsOnly("written");
    WriteResult patched =
        records()
            .patch(
                PatchRequest.newBuilder()
                    .setCollection("records")
                    .setId("a")
                    .setMetadata(
                        Struct.newBuilder()
                            .putFields("year", Value.newBuilder().setNumberValue(2026).build()))
                    .build());
    assertThat(patched.getResult().getOutcome()).isEqualTo("updated");
    var read =
        records()
            .get(
                GetRequest.newBuilder()
                    .setCollection("records")
                    .addIds("a")
                    .addIds("x")
                    .setRead(
                        ReadOptions.newBuilder()
                            .setSessionToken(patched.getSessionToken())
                            .setConsistencyLevel(ConsistencyLevel.READ_YOUR_WRITES))
                    .build());
    assertThat(read.getMissingList()).containsExactly("x");
    assertThat(read.getRecords(0).getVectorList()).containsExactly(1f, 2f);
    assertThat(read.getRecords(0).getMetadata().getFieldsMap())
        .containsOnlyKeys("name", "n", "year");
    assertThat(read.getRecords(0).getVersion()).isEqualTo(patched.getResult().getVersion());
    assertThat(
            records()
                .count(
                    CountRequest.newBuilder()
                        .setCollection("records")
                        .putFilters("n", "3")
                        .setFilter("name IN ('a', 'b')")
                        .setRead(STRONG)
                        .build())
                .getCount())
        .isEqualTo(2);
    assertThat(
            records()
                .scroll(
                    ScrollRequest.newBuilder()
                        .setCollection("records")
                        .setLimit(1)
                        .setRead(STRONG)
                        .build())
                .getCursor())
        .isNotEmpty();
    records().delete(DeleteRequest.newBuilder().setCollection("records").setId("a").build());
    var deleted =
        records()
            .deleteMany(
                DeleteManyRequest.newBuilder().setCollection("records").setAll(true).build());
    assertThat(deleted.getDeleted()).isEqualTo(1);
    var history =
        LineageServiceGrpc.newBlockingStub(channel)
            .history(
                HistoryRequest.newBuilder()
                    .setCollection("records")
                    .setId("a")
                    .setRead(STRONG)
                    .build());
    assertThat(history.getVersionsList())
        .extracting(v -> v.getKind())
        .containsExactly("delete", "patch", "upsert");
  }

  @Test
  void aSearchSaysHowItWasDone() {
    collection("search");
    records()
        .upsert(
            UpsertRequest.newBuilder()
                .setCollection("search")
                .addRecords(record("a", 1, 0))
                .addRecords(record("b", 0, 1))
                .build());
    SearchResponse answer =
        VectorSearchServiceGrpc.newBlockingStub(channel)
            .search(
                SearchRequest.newBuilder()
                    .setCollection("search")
                    .addVector(1)
                    .addVector(0.1f)
                    .setIncludeVector(true)
                    .setConsistencyLevel(ConsistencyLevel.STRONG)
                    .build());
    assertThat(answer.getResultsList()).extracting(r -> r.getId()).containsExactly("a", "b");
    assertThat(answer.getResults(0).getVectorCount()).isEqualTo(2);
    assertThat(answer.getResults(0).getMetadata().getFieldsOrThrow("name").getStringValue())
        .isEqualTo("a");
    assertThat(answer.getConsistencyInfo().getLevelAchieved()).isEqualTo(ConsistencyLevel.STRONG);
    assertThat(answer.getConsistencyInfo().getAsOf()).isPositive();
    assertThat(answer.getSearchInfo().getStrategy()).isNotEmpty();
    assertThat(answer.getSessionToken()).isNotEmpty();
  }

  @Test
  void aTransactionIsOneRequestInTheLineageAndInTheTail() {
    collection("first");
    collection("second");
    Metadata headers = new Metadata();
    headers.put(REQUEST_ID, "grpc-transaction");
    WriteResponse committed =
        TransactionServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .commit(
                TransactionRequest.newBuilder()
                    .addOperations(
                        TransactionOperation.newBuilder()
                            .setCollection("first")
                            .setUpsert(record("t", 1, 1)))
                    .addOperations(
                        TransactionOperation.newBuilder()
                            .setCollection("second")
                            .setUpsert(record("t", 1, 1)))
                    .build());
    assertThat(committed.getRequestId()).isEqualTo("grpc-transaction");
    var trace =
        LineageServiceGrpc.newBlockingStub(channel)
            .getOperation(
                GetOperationRequest.newBuilder().setRequestId("grpc-transaction").build());
    assertThat(trace.getOperationsList())
        .extracting(o -> o.getCollection())
        .containsExactly("first", "second");
    Iterator<DecidedRecord> tail =
        LineageServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .tail(
                TailRequest.newBuilder()
                    .setCollection("second")
                    .setFrom(committed.getHlc())
                    .build());
    assertThat(tail.next().getRequestId()).isEqualTo("grpc-transaction");
  }

  @Test
  void collectionsKeysAndTheClusterAreDescribed() {
    var collections = CollectionServiceGrpc.newBlockingStub(channel);
    var meta = MetaServiceGrpc.newBlockingStub(channel);
    Iterator<CatalogDescription> watch =
        meta.withDeadlineAfter(20, TimeUnit.SECONDS)
            .watchCatalog(WatchCatalogRequest.getDefaultInstance());
    watch.next();
    collection("described");
    CatalogDescription next = watch.next();
    while (next.getCollectionsList().stream().noneMatch(c -> c.getName().equals("described"))) {
      next = watch.next();
    }
    var altered =
        collections.alterCollection(
            AlterCollectionRequest.newBuilder()
                .setName("described")
                .setTimeTravelWindowS(77)
                .putSchema("tag", "keyword")
                .build());
    assertThat(altered.getCollection().getTimeTravelWindowS()).isEqualTo(77);
    assertThat(
            collections
                .getCollection(GetCollectionRequest.newBuilder().setName("described").build())
                .getSchemaMap())
        .containsOnlyKeys("year", "tag");
    assertThat(
            collections
                .listCollections(ListCollectionsRequest.getDefaultInstance())
                .getCollectionsList())
        .extracting(c -> c.getName())
        .contains("described");
    collections.dropCollection(DropCollectionRequest.newBuilder().setName("described").build());

    var key = meta.createKey(CreateKeyRequest.newBuilder().setName("k").addGrants("read").build());
    assertThat(key.getText()).startsWith("vk_");
    assertThat(meta.listKeys(ListKeysRequest.getDefaultInstance()).getKeysList())
        .extracting(k -> k.getId())
        .contains(key.getKey().getId());
    meta.revokeKey(RevokeKeyRequest.newBuilder().setId(key.getKey().getId()).build());
    assertThat(meta.getCluster(GetClusterRequest.getDefaultInstance()).getNodesList()).isNotEmpty();
    var lineage = LineageServiceGrpc.newBlockingStub(channel);
    assertThat(
            lineage.listPartitions(ListPartitionsRequest.getDefaultInstance()).getPartitionsList())
        .extracting(p -> p.getRole())
        .contains("system", "transaction", "data");
    assertThat(
            lineage
                .readPartition(ReadPartitionRequest.newBuilder().setPartition(1).build())
                .getRecordsList())
        .isNotEmpty();
  }

  @Test
  void healthNeedsNoKey() {
    assertThat(
            HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  private static Arguments bad(
      String name, Runnable call, Status.Code status, String code, String field) {
    return Arguments.of(name, call, status, code, field);
  }

  private static void search(SearchRequest.Builder request) {
    VectorSearchServiceGrpc.newBlockingStub(channel).search(request.build());
  }

  private static SearchRequest.Builder good() {
    return SearchRequest.newBuilder().setCollection("c").addVector(1).addVector(2);
  }

  private static void upsert(Record.Builder record) {
    records().upsert(UpsertRequest.newBuilder().setCollection("c").addRecords(record).build());
  }

  static Stream<Arguments> badInput() {
    Status.Code invalid = Status.Code.INVALID_ARGUMENT;
    return Stream.of(
        bad(
            "nothing",
            () -> search(SearchRequest.newBuilder().setCollection("c")),
            invalid,
            "invalid_argument",
            "vector"),
        bad(
            "dimension",
            () -> search(good().addVector(3)),
            invalid,
            "dimension_mismatch",
            "vector"),
        bad(
            "nan",
            () -> search(good().setVector(1, Float.NaN)),
            invalid,
            "invalid_vector",
            "vector[1]"),
        bad(
            "infinity",
            () -> search(good().setVector(0, Float.POSITIVE_INFINITY)),
            invalid,
            "invalid_vector",
            "vector[0]"),
        bad(
            "zero",
            () -> search(good().setVector(0, 0).setVector(1, 0)),
            invalid,
            "invalid_vector",
            "vector"),
        bad("k", () -> search(good().setK(-1)), invalid, "invalid_argument", "k"),
        bad("large k", () -> search(good().setK(10_001)), invalid, "limit_exceeded", "k"),
        bad("ef", () -> search(good().setEf(-1)), invalid, "invalid_argument", "ef"),
        bad(
            "level",
            () -> search(good().setConsistencyLevelValue(9)),
            invalid,
            "invalid_argument",
            "consistency_level"),
        bad(
            "staleness",
            () -> search(good().setMaxStalenessMs(-1)),
            invalid,
            "invalid_argument",
            "max_staleness_ms"),
        bad(
            "offset",
            () -> search(good().setMinRequiredOffset(-1)),
            invalid,
            "invalid_argument",
            "min_required_offset"),
        bad("as of", () -> search(good().setAsOf(-1)), invalid, "invalid_argument", "as_of"),
        bad(
            "future",
            () -> search(good().setAsOf(Long.MAX_VALUE - 1)),
            invalid,
            "stamp_in_future",
            "as_of"),
        bad("filter", () -> search(good().setFilter("a ==")), invalid, "invalid_filter", "filter"),
        bad(
            "token",
            () -> search(good().setSessionToken("x")),
            invalid,
            "invalid_token",
            "session_token"),
        bad(
            "threshold",
            () -> search(good().setScoreThreshold(Float.NaN)),
            invalid,
            "invalid_argument",
            "score_threshold"),
        bad(
            "name",
            () -> search(good().setCollection("A b")),
            invalid,
            "invalid_argument",
            "collection"),
        bad(
            "unknown",
            () -> search(good().setCollection("none")),
            Status.Code.NOT_FOUND,
            "collection_not_found",
            "*"),
        bad("text", () -> search(good().setText("x")), invalid, "invalid_argument", "text"),
        bad(
            "no records",
            () -> records().upsert(UpsertRequest.newBuilder().setCollection("c").build()),
            invalid,
            "invalid_argument",
            "records"),
        bad(
            "no vector",
            () -> upsert(Record.newBuilder().setId("x")),
            invalid,
            "invalid_argument",
            "records[0].vector"),
        bad(
            "long id",
            () -> upsert(Record.newBuilder().setId("x".repeat(513)).addVector(1).addVector(1)),
            invalid,
            "invalid_argument",
            "records[0].id"),
        bad(
            "metadata",
            () ->
                upsert(
                    Record.newBuilder()
                        .addVector(1)
                        .addVector(1)
                        .setMetadata(
                            Struct.newBuilder()
                                .putFields(
                                    "n", Value.newBuilder().setNumberValue(Double.NaN).build()))),
            invalid,
            "invalid_argument",
            "records[0].metadata"),
        bad(
            "schema",
            () ->
                upsert(
                    Record.newBuilder()
                        .addVector(1)
                        .addVector(1)
                        .setMetadata(
                            Struct.newBuilder()
                                .putFields(
                                    "year", Value.newBuilder().setStringValue("x").build()))),
            invalid,
            "schema_violation",
            "*"),
        bad(
            "conditions",
            () ->
                upsert(
                    Record.newBuilder()
                        .addVector(1)
                        .addVector(1)
                        .setIfAbsent(true)
                        .setIfVersion(1)),
            invalid,
            "invalid_argument",
            "records[0].if_absent"),
        bad(
            "ack",
            () ->
                records()
                    .insert(
                        InsertRequest.newBuilder()
                            .setCollection("c")
                            .setRecord(record("x", 1, 1))
                            .setAckValue(7)
                            .build()),
            invalid,
            "invalid_argument",
            "ack"),
        bad(
            "no id",
            () -> records().patch(PatchRequest.newBuilder().setCollection("c").build()),
            invalid,
            "invalid_argument",
            "id"),
        bad(
            "not there",
            () ->
                records().patch(PatchRequest.newBuilder().setCollection("c").setId("none").build()),
            Status.Code.NOT_FOUND,
            "record_not_found",
            "*"),
        bad(
            "conflict",
            () ->
                records()
                    .delete(
                        DeleteRequest.newBuilder()
                            .setCollection("c")
                            .setId("none")
                            .setIfVersion(5)
                            .build()),
            Status.Code.ABORTED,
            "conflict",
            "*"),
        bad(
            "delete what",
            () -> records().deleteMany(DeleteManyRequest.newBuilder().setCollection("c").build()),
            invalid,
            "invalid_argument",
            "ids"),
        bad(
            "twice",
            () ->
                records()
                    .get(
                        GetRequest.newBuilder().setCollection("c").addIds("a").addIds("a").build()),
            invalid,
            "duplicate_id",
            "ids[1]"),
        bad(
            "limit",
            () ->
                records()
                    .scroll(ScrollRequest.newBuilder().setCollection("c").setLimit(-1).build()),
            invalid,
            "invalid_argument",
            "limit"),
        bad(
            "operations",
            () ->
                TransactionServiceGrpc.newBlockingStub(channel)
                    .commit(TransactionRequest.getDefaultInstance()),
            invalid,
            "invalid_argument",
            "operations"),
        bad(
            "operation",
            () ->
                TransactionServiceGrpc.newBlockingStub(channel)
                    .commit(
                        TransactionRequest.newBuilder()
                            .addOperations(TransactionOperation.newBuilder())
                            .build()),
            invalid,
            "invalid_argument",
            "operations[0]"),
        bad(
            "dimension",
            () ->
                CollectionServiceGrpc.newBlockingStub(channel)
                    .createCollection(
                        CreateCollectionRequest.newBuilder().setName("n").setDimension(-1).build()),
            invalid,
            "invalid_argument",
            "dimension"),
        bad(
            "grants",
            () ->
                MetaServiceGrpc.newBlockingStub(channel)
                    .createKey(CreateKeyRequest.newBuilder().setName("n").addGrants("all").build()),
            invalid,
            "invalid_argument",
            "grants[0]"),
        bad(
            "request",
            () ->
                LineageServiceGrpc.newBlockingStub(channel)
                    .getOperation(GetOperationRequest.newBuilder().setRequestId("none").build()),
            Status.Code.NOT_FOUND,
            "request_not_found",
            "*"));
  }

  @ParameterizedTest(name = "{0}: {3} {4}")
  @MethodSource("badInput")
  void badInputIsToldWithCodeAndField(
      String name, Runnable call, Status.Code status, String code, String field) throws Exception {
    StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(e).as(name).isNotNull();
    assertThat(e.getStatus().getCode()).as(e.toString()).isEqualTo(status);
    ErrorInfo info = detail(e, ErrorInfo.class);
    assertThat(info.getReason()).as(e.toString()).isEqualTo(code);
    assertThat(info.getMetadataMap()).containsKey("request_id");
    assertThat(e.getTrailers().get(REQUEST_ID)).isEqualTo(info.getMetadataOrThrow("request_id"));
    if (!field.equals("*")) {
      assertThat(info.getMetadataMap()).containsEntry("field", field);
      if (status == Status.Code.INVALID_ARGUMENT) {
        assertThat(detail(e, BadRequest.class).getFieldViolations(0).getField()).isEqualTo(field);
      }
    }
  }

  private static <T extends com.google.protobuf.Message> T detail(
      StatusRuntimeException e, Class<T> type) throws Exception {
    List<Any> details = StatusProto.fromThrowable(e).getDetailsList();
    for (Any any : details) {
      if (any.is(type)) {
        return any.unpack(type);
      }
    }
    throw new AssertionError("no " + type + " in " + details);
  }

  @Test
  void badMetadataIsRefused() {
    Metadata headers = new Metadata();
    headers.put(REQUEST_ID, "a b");
    var stub = records().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    StatusRuntimeException e =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> stub.count(CountRequest.newBuilder().setCollection("c").build()));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    Metadata key = new Metadata();
    key.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer nope");
    var wrong = records().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(key));
    e =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> wrong.count(CountRequest.newBuilder().setCollection("c").build()));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
  }

  @Test
  void bytesThatAreNoMessageAreAnInvalidArgument() {
    MethodDescriptor.Marshaller<byte[]> bytes =
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
    var method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("vecraft.v1.VectorSearchService/Search")
            .setRequestMarshaller(bytes)
            .setResponseMarshaller(bytes)
            .build();
    StatusRuntimeException e =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    channel, method, CallOptions.DEFAULT, new byte[] {0x0A, 0x7F, 1}));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }
}
