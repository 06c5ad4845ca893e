package io.vecraft.e2e.history;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.rpc.ErrorInfo;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.vecraft.e2e.history.Op.Level;
import io.vecraft.proto.api.ConsistencyLevel;
import io.vecraft.proto.api.DeleteRequest;
import io.vecraft.proto.api.GetRequest;
import io.vecraft.proto.api.ItemResult;
import io.vecraft.proto.api.PatchRequest;
import io.vecraft.proto.api.ReadOptions;
import io.vecraft.proto.api.Record;
import io.vecraft.proto.api.RecordServiceGrpc;
import io.vecraft.proto.api.SearchRequest;
import io.vecraft.proto.api.TransactionDelete;
import io.vecraft.proto.api.TransactionOperation;
import io.vecraft.proto.api.TransactionPatch;
import io.vecraft.proto.api.TransactionRequest;
import io.vecraft.proto.api.TransactionServiceGrpc;
import io.vecraft.proto.api.UpsertRequest;
import io.vecraft.proto.api.VectorSearchServiceGrpc;
import io.vecraft.proto.api.WriteResponse;
import io.vecraft.proto.api.WriteResult;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Over gRPC. */
final class GrpcHistoryClient implements HistoryClient {
  private static final int ALL = 100;
  private static final Metadata.Key<String> REQUEST_ID = text("x-request-id");
  private static final Metadata.Key<String> SESSION_TOKEN = text("x-session-token");

  private final ManagedChannel channel;

  private final Duration patience;

  GrpcHistoryClient(URI server, Optional<String> apiKey) {
    this(server, apiKey, Endings.USUAL_DEADLINE);
  }

  /**
   * A client of one server.
   *
   * @param deadline of every request; it waits {@link Endings#MARGIN} longer
   */
  GrpcHistoryClient(URI server, Optional<String> apiKey, Duration deadline) {
    patience = deadline.plus(Endings.MARGIN);
    var headers = new Metadata();
    headers.put(text("x-timeout-ms"), Long.toString(deadline.toMillis()));
    apiKey.ifPresent(key -> headers.put(text("authorization"), "Bearer " + key));
    channel =
        ManagedChannelBuilder.forAddress(server.getHost(), server.getPort())
            .usePlaintext()
            .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
            .build();
  }

  private static Metadata.Key<String> text(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private <S extends AbstractStub<S>> S with(S stub, String requestId, String token) {
    var metadata = new Metadata();
    if (!requestId.isEmpty()) {
      metadata.put(REQUEST_ID, requestId);
    }
    if (!token.isEmpty()) {
      metadata.put(SESSION_TOKEN, token);
    }
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
        .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public Told write(String requestId, String token, List<Change> changes, boolean atomic) {
    var records = with(RecordServiceGrpc.newBlockingStub(channel), requestId, token);
    Change first = changes.getFirst();
    long began = System.nanoTime();
    try {
      if (atomic) {
        var request = TransactionRequest.newBuilder();
        changes.forEach(c -> request.addOperations(operation(c)));
        var transactions = TransactionServiceGrpc.newBlockingStub(channel);
        return told(with(transactions, requestId, token).commit(request.build()));
      }
      return switch (first.kind()) {
        case UPSERT -> {
          var request = UpsertRequest.newBuilder().setCollection(first.collection());
          changes.forEach(c -> request.addRecords(record(c)));
          yield told(records.upsert(request.build()));
        }
        case PATCH ->
            told(
                records.patch(
                    PatchRequest.newBuilder()
                        .setCollection(first.collection())
                        .setId(first.id())
                        .setMetadata(metadata(first))
                        .setIfVersion(first.ifVersion())
                        .build()));
        case DELETE ->
            told(
                records.delete(
                    DeleteRequest.newBuilder()
                        .setCollection(first.collection())
                        .setId(first.id())
                        .setIfVersion(first.ifVersion())
                        .build()));
      };
    } catch (StatusRuntimeException e) {
      return switch (e.getStatus().getCode()) {
        case ABORTED, NOT_FOUND -> new Told.NoEffect(token(e));
        default -> new Told.Unknown(ending(e, began));
      };
    }
  }

  /** How a call ended that was not answered; anything unclear is thrown. */
  private String ending(StatusRuntimeException e, long began) {
    String reason = reason(e);
    if (Endings.isClear(reason)) {
      return reason;
    }
    if (e.getCause() instanceof ClosedChannelException) {
      // It closed under a call that was about to be sent: UNKNOWN, to gRPC.
      return Endings.CONNECTION;
    }
    boolean waited = System.nanoTime() - began >= patience.toNanos();
    return switch (e.getStatus().getCode()) {
      case UNAVAILABLE -> Endings.CONNECTION;
      case DEADLINE_EXCEEDED -> waited ? Endings.NOTHING : "deadline_exceeded";
      default -> throw e;
    };
  }

  private static String reason(StatusRuntimeException e) {
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    if (status != null) {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          try {
            return detail.unpack(ErrorInfo.class).getReason();
          } catch (InvalidProtocolBufferException broken) {
            throw new AssertionError("details that are none", broken);
          }
        }
      }
    }
    return "";
  }

  private static String token(StatusRuntimeException e) {
    Metadata trailers = e.getTrailers();
    String token = trailers == null ? null : trailers.get(SESSION_TOKEN);
    return token == null ? "" : token;
  }

  private static TransactionOperation operation(Change change) {
    var operation = TransactionOperation.newBuilder().setCollection(change.collection());
    return switch (change.kind()) {
      case UPSERT -> operation.setUpsert(record(change)).build();
      case PATCH ->
          operation
              .setPatch(
                  TransactionPatch.newBuilder()
                      .setId(change.id())
                      .setMetadata(metadata(change))
                      .setIfVersion(change.ifVersion()))
              .build();
      case DELETE ->
          operation
              .setDelete(
                  TransactionDelete.newBuilder()
                      .setId(change.id())
                      .setIfVersion(change.ifVersion()))
              .build();
    };
  }

  private static Record record(Change change) {
    return Record.newBuilder()
        .setId(change.id())
        .addVector(change.vector()[0])
        .addVector(change.vector()[1])
        .setMetadata(metadata(change))
        .setIfAbsent(change.ifAbsent())
        .setIfVersion(change.ifVersion())
        .build();
  }

  private static Struct metadata(Change change) {
    return Struct.newBuilder()
        .putFields("v", Value.newBuilder().setNumberValue(change.value()).build())
        .build();
  }

  private static Told told(WriteResult result) {
    return told(List.of(result.getResult()), result.getSessionToken());
  }

  private static Told told(WriteResponse response) {
    return told(response.getResultsList(), response.getSessionToken());
  }

  private static Told told(List<ItemResult> results, String token) {
    List<Part> parts = new ArrayList<>();
    for (ItemResult result : results) {
      String outcome = result.getOutcome();
      if (outcome.equals("unavailable") || outcome.equals("outcome_unknown")) {
        return new Told.Unknown(outcome);
      }
      boolean applied = !outcome.equals("conflict") && !outcome.equals("not_found");
      parts.add(new Part(result.getVersion(), applied));
    }
    return new Told.Done(parts, token);
  }

  @Override
  public Answer read(Look look, String token) {
    long began = System.nanoTime();
    try {
      return look.search() ? search(look, token) : get(look, token);
    } catch (StatusRuntimeException e) {
      return new Unanswered(ending(e, began));
    }
  }

  private Seen search(Look look, String token) {
    var request =
        SearchRequest.newBuilder()
            .setCollection(look.collection())
            .addVector(1)
            .addVector(0)
            .setK(ALL)
            .setExact(true)
            .setConsistencyLevel(level(look.level()))
            .setSessionToken(token);
    if (look.level() instanceof Level.Bounded(long bound)) {
      request.setMaxStalenessMs(TimeUnit.NANOSECONDS.toMillis(bound));
    }
    if (look.level() instanceof Level.AsOf(long stamp)) {
      request.setAsOf(stamp);
    }
    var response =
        with(VectorSearchServiceGrpc.newBlockingStub(channel), "", "").search(request.build());
    Map<String, Stored> records = new HashMap<>();
    response
        .getResultsList()
        .forEach(r -> records.put(r.getId(), stored(r.getMetadata(), r.getVersion())));
    return new Seen(records, response.getConsistencyInfo().getAsOf(), response.getSessionToken());
  }

  private Seen get(Look look, String token) {
    var read =
        ReadOptions.newBuilder().setConsistencyLevel(level(look.level())).setSessionToken(token);
    if (look.level() instanceof Level.Bounded(long bound)) {
      read.setMaxStalenessMs(TimeUnit.NANOSECONDS.toMillis(bound));
    }
    if (look.level() instanceof Level.AsOf(long stamp)) {
      read.setAsOf(stamp);
    }
    var response =
        with(RecordServiceGrpc.newBlockingStub(channel), "", "")
            .get(
                GetRequest.newBuilder()
                    .setCollection(look.collection())
                    .addAllIds(look.ids())
                    .setExcludeVector(true)
                    .setRead(read)
                    .build());
    Map<String, Stored> records = new HashMap<>();
    response
        .getRecordsList()
        .forEach(r -> records.put(r.getId(), stored(r.getMetadata(), r.getVersion())));
    return new Seen(records, response.getConsistencyInfo().getAsOf(), response.getSessionToken());
  }

  private static Stored stored(Struct metadata, long version) {
    return new Stored((int) metadata.getFieldsOrThrow("v").getNumberValue(), version);
  }

  private static ConsistencyLevel level(Level level) {
    return switch (level) {
      case Level.Strong() -> ConsistencyLevel.STRONG;
      case Level.Bounded b -> ConsistencyLevel.BOUNDED_STALENESS;
      case Level.ReadYourWrites() -> ConsistencyLevel.READ_YOUR_WRITES;
      case Level.Eventual() -> ConsistencyLevel.EVENTUAL;
      case Level.AsOf a -> ConsistencyLevel.EVENTUAL;
    };
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
