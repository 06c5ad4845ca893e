package io.vecraft.gateway.grpc;

import io.grpc.stub.StreamObserver;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.RecordWish;
import io.vecraft.gateway.call.Writes;
import io.vecraft.gateway.call.Writes.Step;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.write.WriteAnswer;
import io.vecraft.gateway.write.WriteItem;
import io.vecraft.proto.api.TransactionOperation;
import io.vecraft.proto.api.TransactionRequest;
import io.vecraft.proto.api.TransactionServiceGrpc;
import io.vecraft.proto.api.WriteResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** {@code TransactionService}. */
final class TransactionGrpc extends TransactionServiceGrpc.TransactionServiceImplBase {
  private final GrpcRunner runner;
  private final Convert convert;
  private final Writes writes;

  TransactionGrpc(GrpcRunner runner, Convert convert, Writes writes) {
    this.runner = runner;
    this.convert = convert;
    this.writes = writes;
  }

  @Override
  public void commit(TransactionRequest request, StreamObserver<WriteResponse> out) {
    runner.write(
        out,
        call ->
            response(
                call,
                writes.transaction(call.call(), steps(request), Convert.ack(request.getAck())),
                convert));
  }

  private List<Step> steps(TransactionRequest request) {
    Checks checks = convert.checks();
    int n = request.getOperationsCount();
    if (n == 0) {
      throw Checks.invalid("at least one is needed", "operations");
    }
    checks.limits().check(Limit.TRANSACTION_OPERATIONS, n, "operations");
    checks.limits().check(Limit.TRANSACTION_BYTES, request.getSerializedSize(), "");
    var seen = new HashSet<List<String>>();
    var steps = new ArrayList<Step>(n);
    for (int i = 0; i < n; i++) {
      String path = "operations[" + i + "]";
      Step step = step(request.getOperations(i), path);
      String id =
          switch (step) {
            case Step.Upsert(String _, RecordWish record) -> record.id();
            case Step.Other(String _, WriteItem item) -> item.id();
          };
      if (!id.isEmpty() && !seen.add(List.of(step.collection(), id))) {
        throw new VecraftException(ErrorCode.DUPLICATE_ID, "the record is there twice", path);
      }
      steps.add(step);
    }
    return steps;
  }

  private Step step(TransactionOperation operation, String path) {
    Checks checks = convert.checks();
    String collection = convert.collection(operation.getCollection(), path + ".collection");
    return switch (operation.getKindCase()) {
      case UPSERT ->
          new Step.Upsert(collection, convert.record(operation.getUpsert(), path + ".upsert"));
      case PATCH -> {
        var patch = operation.getPatch();
        String under = path + ".patch";
        yield new Step.Other(
            collection,
            new WriteItem.Patch(
                checks.id(patch.getId(), under + ".id"),
                convert.metadata(patch.getMetadata(), under),
                checks.condition(
                    false, Convert.stamp(patch.getIfVersion(), under + ".if_version"), under)));
      }
      case DELETE -> {
        var delete = operation.getDelete();
        String under = path + ".delete";
        yield new Step.Other(
            collection,
            new WriteItem.Delete(
                checks.id(delete.getId(), under + ".id"),
                checks.condition(
                    false, Convert.stamp(delete.getIfVersion(), under + ".if_version"), under)));
      }
      case KIND_NOT_SET -> throw Checks.invalid("upsert, patch or delete is needed", path);
    };
  }

  /** The answer to a write of several records. */
  static WriteResponse response(GrpcCall call, WriteAnswer answer, Convert convert) {
    var response = WriteResponse.newBuilder();
    answer.results().forEach(r -> response.addResults(Convert.result(r)));
    return response
        .setHlc(answer.stamp())
        .setRequestId(call.call().requestId())
        .setSessionToken(call.token(convert.tokens().encode(answer.sessionStamp())))
        .build();
  }
}
