package io.vecraft.gateway.grpc;

import io.grpc.stub.StreamObserver;
import io.vecraft.gateway.body.QueryBody;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.Journals;
import io.vecraft.gateway.call.Reads;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.write.Lineage;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.api.DecidedOperation;
import io.vecraft.proto.api.DecidedRecord;
import io.vecraft.proto.api.GetOperationRequest;
import io.vecraft.proto.api.HistoryRequest;
import io.vecraft.proto.api.HistoryResponse;
import io.vecraft.proto.api.LineageServiceGrpc;
import io.vecraft.proto.api.ListPartitionsRequest;
import io.vecraft.proto.api.ListPartitionsResponse;
import io.vecraft.proto.api.LogOperation;
import io.vecraft.proto.api.LogRecord;
import io.vecraft.proto.api.Partition;
import io.vecraft.proto.api.ReadPartitionRequest;
import io.vecraft.proto.api.ReadPartitionResponse;
import io.vecraft.proto.api.RecordVersion;
import io.vecraft.proto.api.RequestTrace;
import io.vecraft.proto.api.TailRequest;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.query.HistoryAnswer;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** {@code LineageService}. */
final class LineageGrpc extends LineageServiceGrpc.LineageServiceImplBase {
  private static final long POLL_MS = 500;

  private final GrpcRunner runner;
  private final Convert convert;
  private final Journals journals;
  private final Reads reads;
  private final Supplier<Catalog> catalog;

  LineageGrpc(
      GrpcRunner runner,
      Convert convert,
      Journals journals,
      Reads reads,
      Supplier<Catalog> catalog) {
    this.runner = runner;
    this.convert = convert;
    this.journals = journals;
    this.reads = reads;
    this.catalog = catalog;
  }

  @Override
  public void getOperation(GetOperationRequest request, StreamObserver<RequestTrace> out) {
    runner.read(
        out,
        call -> {
          Lineage.RequestTrace trace = journals.operation(call.call(), request.getRequestId());
          return RequestTrace.newBuilder()
              .setRequestId(trace.requestId())
              .setPrincipal(trace.principal())
              .setTraceId(trace.traceId())
              .addAllOperations(trace.operations().stream().map(LineageGrpc::operation).toList())
              .build();
        });
  }

  private static DecidedOperation operation(Lineage.DecidedOperation operation) {
    return DecidedOperation.newBuilder()
        .setCollectionId(operation.collectionId())
        .setCollection(operation.collection())
        .setId(operation.id())
        .setKind(operation.kind())
        .setOutcome(operation.outcome())
        .setPartition(operation.partition())
        .setOffset(operation.offset())
        .setHlc(operation.stamp())
        .setShard(operation.shard())
        .addAllAppliedBy(operation.appliedBy())
        .build();
  }

  @Override
  public void history(HistoryRequest request, StreamObserver<HistoryResponse> out) {
    runner.read(
        out,
        call -> {
          HistoryAnswer answer =
              reads.history(
                  call.call().inSession(convert.token(request.getRead().getSessionToken())),
                  convert.collection(request.getCollection(), "collection"),
                  convert.checks().id(request.getId(), "id"),
                  limit(request.getLimit()),
                  request.getCursor().isEmpty()
                      ? Optional.empty()
                      : Optional.of(QueryBody.cursor(request.getCursor(), "cursor")),
                  convert.read(request.getRead(), call.headers()));
          var response = HistoryResponse.newBuilder().setCursor(answer.cursor().orElse(""));
          answer
              .versions()
              .forEach(v ->
                  response.addVersions(
                      RecordVersion.newBuilder()
                          .setKind(v.kind())
                          .setVersion(v.version())
                          .setRequestId(v.requestId())
                          .setPrincipal(v.principal())
                          .setMetadata(Structs.struct(v.metadata()))));
          return response
              .setConsistencyInfo(Convert.consistency(answer.consistency()))
              .setSessionToken(
                  call.token(convert.tokens().encode(answer.consistency().sessionStamp())))
              .build();
        });
  }

  private int limit(int limit) {
    return limit == 0
        ? Checks.DEFAULT_LIMIT
        : convert.checks().positive(Limit.PAGE, limit, "limit");
  }

  @Override
  public void listPartitions(
      ListPartitionsRequest request, StreamObserver<ListPartitionsResponse> out) {
    runner.read(
        out,
        call ->
            ListPartitionsResponse.newBuilder()
                .addAllPartitions(
                    journals.status(call.call()).getPartitionsList().stream()
                        .map(LineageGrpc::partition)
                        .toList())
                .build());
  }

  static Partition partition(PartitionStatus status) {
    return Partition.newBuilder()
        .setId(status.getPartition())
        .setRole(status.getRole().name().toLowerCase(Locale.ROOT))
        .setLeader(status.getLeader())
        .addAllReplicas(status.getReplicasList())
        .setFirstOffset(status.getFirstOffset())
        .setLastOffset(status.getLastOffset())
        .setLastStamp(status.getLastStamp())
        .setClosedStamp(status.getClosedStamp())
        .setBytes(status.getBytes())
        .setSegments(status.getSegments())
        .addAllDamage(status.getDamageList())
        .build();
  }

  @Override
  public void readPartition(
      ReadPartitionRequest request, StreamObserver<ReadPartitionResponse> out) {
    runner.read(
        out,
        call -> {
          long from = Math.max(1, Convert.stamp(request.getFrom(), "from"));
          PullResponse page =
              journals.records(
                  call.call(), request.getPartition(), from, limit(request.getLimit()));
          Catalog names = catalog.get();
          return ReadPartitionResponse.newBuilder()
              .addAllRecords(page.getRecordsList().stream().map(r -> record(r, names)).toList())
              .setNextOffset(page.getNextOffset())
              .setFirstOffset(page.getFirstOffset())
              .setLastOffset(page.getLastOffset())
              .setClosedStamp(page.getClosedStamp())
              .build();
        });
  }

  private static LogRecord record(Record record, Catalog names) {
    var message =
        LogRecord.newBuilder()
            .setOffset(record.getOffset())
            .setHlc(record.getStamp())
            .setRequestId(record.getRequestId())
            .setPrincipal(record.getPrincipal())
            .setTraceId(record.getTraceId());
    for (Operation operation : record.getOperationsList()) {
      message.addOperations(operation(operation, names));
    }
    return message.build();
  }

  private static LogOperation operation(Operation operation, Catalog names) {
    var message =
        LogOperation.newBuilder()
            .setKind(operation.getKindCase().name().toLowerCase(Locale.ROOT))
            .setCollectionId(operation.getCollectionId())
            .setShard(operation.getShard())
            .setShardEpoch(operation.getShardEpoch());
    names
        .collection(operation.getCollectionId())
        .ifPresent(c -> message.setCollection(c.getDefinition().getName()));
    switch (operation.getKindCase()) {
      case UPSERT ->
          message
              .setId(operation.getUpsert().getId())
              .setMetadata(Structs.struct(operation.getUpsert().getMetadata().toByteArray()));
      case PATCH ->
          message
              .setId(operation.getPatch().getId())
              .setMetadata(Structs.struct(operation.getPatch().getMetadata().toByteArray()));
      case DELETE -> message.setId(operation.getDelete().getId());
      default -> {}
    }
    return message.build();
  }

  @Override
  public void tail(TailRequest request, StreamObserver<DecidedRecord> out) {
    runner.stream(
        out,
        (call, sink) -> {
          Optional<String> collection =
              request.getCollection().isEmpty()
                  ? Optional.empty()
                  : Optional.of(convert.checks().collection(request.getCollection(), "collection"));
          long from = Convert.stamp(request.getFrom(), "from");
          long after = Convert.stamp(request.getAfter(), "after");
          long above = Math.max(after, Math.max(0, from - 1));
          try (Lineage.Tail tail = journals.tail(call.call(), collection, above)) {
            while (sink.open()) {
              for (Lineage.DecidedRecord record : tail.next(Deadline.afterMillis(POLL_MS))) {
                sink.send(decided(record));
              }
            }
          }
        });
  }

  private static DecidedRecord decided(Lineage.DecidedRecord record) {
    return DecidedRecord.newBuilder()
        .setPartition(record.partition())
        .setOffset(record.offset())
        .setHlc(record.stamp())
        .setRequestId(record.requestId())
        .setPrincipal(record.principal())
        .addAllOperations(record.operations().stream().map(LineageGrpc::operation).toList())
        .build();
  }
}
