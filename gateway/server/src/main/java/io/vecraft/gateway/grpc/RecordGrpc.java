package io.vecraft.gateway.grpc;

import io.grpc.stub.StreamObserver;
import io.vecraft.gateway.body.QueryBody;
import io.vecraft.gateway.call.Call;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.Reads;
import io.vecraft.gateway.call.RecordWish;
import io.vecraft.gateway.call.Writes;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.write.Ack;
import io.vecraft.gateway.write.Condition;
import io.vecraft.gateway.write.DeleteByFilterAnswer;
import io.vecraft.gateway.write.ItemResult.Outcome;
import io.vecraft.gateway.write.WriteAnswer;
import io.vecraft.gateway.write.WriteItem;
import io.vecraft.index.filter.Filter;
import io.vecraft.proto.api.CountRequest;
import io.vecraft.proto.api.CountResponse;
import io.vecraft.proto.api.DeleteManyRequest;
import io.vecraft.proto.api.DeleteManyResponse;
import io.vecraft.proto.api.DeleteRequest;
import io.vecraft.proto.api.GetRequest;
import io.vecraft.proto.api.GetResponse;
import io.vecraft.proto.api.InsertRequest;
import io.vecraft.proto.api.PatchRequest;
import io.vecraft.proto.api.ReadOptions;
import io.vecraft.proto.api.Record;
import io.vecraft.proto.api.RecordServiceGrpc;
import io.vecraft.proto.api.ScrollRequest;
import io.vecraft.proto.api.ScrollResponse;
import io.vecraft.proto.api.UpsertRequest;
import io.vecraft.proto.api.WriteResponse;
import io.vecraft.proto.api.WriteResult;
import io.vecraft.query.CountAnswer;
import io.vecraft.query.GetAnswer;
import io.vecraft.query.ScrollAnswer;
import io.vecraft.storage.read.Include;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** {@code RecordService}. */
final class RecordGrpc extends RecordServiceGrpc.RecordServiceImplBase {
  private final GrpcRunner runner;
  private final Convert convert;
  private final Writes writes;
  private final Reads reads;

  RecordGrpc(GrpcRunner runner, Convert convert, Writes writes, Reads reads) {
    this.runner = runner;
    this.convert = convert;
    this.writes = writes;
    this.reads = reads;
  }

  @Override
  public void insert(InsertRequest request, StreamObserver<WriteResult> out) {
    runner.write(
        out,
        call -> {
          RecordWish wish = convert.record(request.getRecord(), "record");
          String collection = convert.collection(request.getCollection(), "collection");
          Ack ack = Convert.ack(request.getAck());
          return written(call, writes.one(call.call(), collection, wish, ack));
        });
  }

  @Override
  public void upsert(UpsertRequest request, StreamObserver<WriteResponse> out) {
    runner.write(
        out,
        call -> {
          String collection = convert.collection(request.getCollection(), "collection");
          List<RecordWish> wishes = records(request.getRecordsList());
          Ack ack = Convert.ack(request.getAck());
          return written(call, writes.batch(call.call(), collection, wishes, ack));
        });
  }

  private List<RecordWish> records(List<Record> records) {
    convert.checks().items(records.size(), "records");
    var seen = new HashSet<String>();
    var wishes = new ArrayList<RecordWish>(records.size());
    for (int i = 0; i < records.size(); i++) {
      String path = "records[" + i + "]";
      RecordWish wish = convert.record(records.get(i), path);
      if (!wish.id().isEmpty()) {
        convert.checks().unique(seen, wish.id(), path + ".id");
      }
      wishes.add(wish);
    }
    return wishes;
  }

  @Override
  public void patch(PatchRequest request, StreamObserver<WriteResult> out) {
    runner.write(
        out,
        call -> {
          var item =
              new WriteItem.Patch(
                  convert.checks().id(request.getId(), "id"),
                  convert.metadata(request.getMetadata(), ""),
                  condition(request.getIfVersion()));
          String collection = convert.collection(request.getCollection(), "collection");
          Ack ack = Convert.ack(request.getAck());
          return written(call, writes.patch(call.call(), collection, item, ack));
        });
  }

  @Override
  public void delete(DeleteRequest request, StreamObserver<WriteResult> out) {
    runner.write(
        out,
        call -> {
          var item =
              new WriteItem.Delete(
                  convert.checks().id(request.getId(), "id"), condition(request.getIfVersion()));
          String collection = convert.collection(request.getCollection(), "collection");
          Ack ack = Convert.ack(request.getAck());
          return written(call, writes.delete(call.call(), collection, item, ack));
        });
  }

  private Condition condition(long ifVersion) {
    return convert.checks().condition(false, Convert.stamp(ifVersion, "if_version"), "");
  }

  private WriteResult written(GrpcCall call, Writes.Single done) {
    return WriteResult.newBuilder()
        .setResult(Convert.result(done.result()))
        .setHlc(done.stamp())
        .setRequestId(call.call().requestId())
        .setSessionToken(call.token(convert.tokens().encode(done.sessionStamp())))
        .build();
  }

  private WriteResponse written(GrpcCall call, WriteAnswer answer) {
    return TransactionGrpc.response(call, answer, convert);
  }

  @Override
  public void deleteMany(DeleteManyRequest request, StreamObserver<DeleteManyResponse> out) {
    runner.write(out, call -> deleteMany(call, request));
  }

  private DeleteManyResponse deleteMany(GrpcCall call, DeleteManyRequest request) {
    String collection = convert.collection(request.getCollection(), "collection");
    Ack ack = Convert.ack(request.getAck());
    Optional<Filter> filter = convert.filter(request.getFilter(), request.getFiltersMap());
    int ways =
        (request.getIdsCount() > 0 ? 1 : 0)
            + (filter.isPresent() ? 1 : 0)
            + (request.getAll() ? 1 : 0);
    if (ways != 1) {
      throw Checks.invalid("exactly one of ids, a filter, and all is needed", "ids");
    }
    return request.getIdsCount() > 0
        ? deleteIds(call, collection, request.getIdsList(), ack)
        : deleteMatching(call, collection, filter.orElse(new Filter.And(List.of())), ack);
  }

  private DeleteManyResponse deleteIds(
      GrpcCall call, String collection, List<String> ids, Ack ack) {
    List<WriteItem.Delete> items =
        convert.checks().ids(ids, "ids").stream()
            .map(id -> new WriteItem.Delete(id, Condition.NONE))
            .toList();
    WriteAnswer answer = writes.deleteAll(call.call(), collection, items, ack);
    var response =
        DeleteManyResponse.newBuilder()
            .setAccepted(
                answer.results().stream().filter(r -> r.outcome() == Outcome.DELETED).count());
    answer.results().forEach(r -> response.addResults(Convert.result(r)));
    return response
        .setHlc(answer.stamp())
        .setRequestId(call.call().requestId())
        .setSessionToken(call.token(convert.tokens().encode(answer.sessionStamp())))
        .build();
  }

  private DeleteManyResponse deleteMatching(
      GrpcCall call, String collection, Filter filter, Ack ack) {
    DeleteByFilterAnswer answer = writes.deleteByFilter(call.call(), collection, filter, ack);
    return DeleteManyResponse.newBuilder()
        .setAsOf(answer.asOf())
        .setDeleted(answer.deleted())
        .setSkipped(answer.skipped())
        .setHlc(answer.stamp())
        .setRequestId(call.call().requestId())
        .setSessionToken(call.token(convert.tokens().encode(answer.sessionStamp())))
        .build();
  }

  private Call session(GrpcCall call, ReadOptions read) {
    return call.call().inSession(convert.token(read.getSessionToken()));
  }

  @Override
  public void get(GetRequest request, StreamObserver<GetResponse> out) {
    runner.read(
        out,
        call -> {
          var include = new Include(!request.getExcludeMetadata(), !request.getExcludeVector());
          GetAnswer answer =
              reads.get(
                  session(call, request.getRead()),
                  convert.collection(request.getCollection(), "collection"),
                  convert.checks().ids(request.getIdsList(), "ids"),
                  include,
                  convert.read(request.getRead(), call.headers()));
          var response = GetResponse.newBuilder().addAllMissing(answer.missing());
          answer.records().forEach(r -> response.addRecords(Convert.stored(r, include)));
          return response
              .setConsistencyInfo(Convert.consistency(answer.consistency()))
              .setSessionToken(token(call, answer.consistency()))
              .build();
        });
  }

  private String token(GrpcCall call, io.vecraft.query.ConsistencyInfo info) {
    return call.token(convert.tokens().encode(info.sessionStamp()));
  }

  @Override
  public void scroll(ScrollRequest request, StreamObserver<ScrollResponse> out) {
    runner.read(
        out,
        call -> {
          var include = new Include(!request.getExcludeMetadata(), request.getIncludeVector());
          int limit =
              request.getLimit() == 0
                  ? Checks.DEFAULT_LIMIT
                  : convert.checks().positive(Limit.PAGE, request.getLimit(), "limit");
          ScrollAnswer answer =
              reads.scroll(
                  session(call, request.getRead()),
                  convert.collection(request.getCollection(), "collection"),
                  convert.filter(request.getFilter(), request.getFiltersMap()),
                  limit,
                  request.getCursor().isEmpty()
                      ? Optional.empty()
                      : Optional.of(QueryBody.cursor(request.getCursor(), "cursor")),
                  include,
                  convert.read(request.getRead(), call.headers()));
          var response = ScrollResponse.newBuilder().setCursor(answer.cursor().orElse(""));
          answer.records().forEach(r -> response.addRecords(Convert.stored(r, include)));
          return response
              .setConsistencyInfo(Convert.consistency(answer.consistency()))
              .setSessionToken(token(call, answer.consistency()))
              .build();
        });
  }

  @Override
  public void count(CountRequest request, StreamObserver<CountResponse> out) {
    runner.read(
        out,
        call -> {
          CountAnswer answer =
              reads.count(
                  session(call, request.getRead()),
                  convert.collection(request.getCollection(), "collection"),
                  convert.filter(request.getFilter(), request.getFiltersMap()),
                  convert.read(request.getRead(), call.headers()));
          return CountResponse.newBuilder()
              .setCount(answer.count())
              .setConsistencyInfo(Convert.consistency(answer.consistency()))
              .setSessionToken(token(call, answer.consistency()))
              .build();
        });
  }
}
