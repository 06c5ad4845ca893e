package io.vecraft.query.rpc;

import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.proto.query.ChecksumsResult;
import io.vecraft.proto.query.CollectionChecksums;
import io.vecraft.proto.query.CollectionCount;
import io.vecraft.proto.query.CollectionGet;
import io.vecraft.proto.query.CollectionScroll;
import io.vecraft.proto.query.CollectionSearch;
import io.vecraft.proto.query.CountResult;
import io.vecraft.proto.query.DescribeRequest;
import io.vecraft.proto.query.Description;
import io.vecraft.proto.query.GetResult;
import io.vecraft.proto.query.HistoryResult;
import io.vecraft.proto.query.ListRequest;
import io.vecraft.proto.query.ListResult;
import io.vecraft.proto.query.PingRequest;
import io.vecraft.proto.query.PingResponse;
import io.vecraft.proto.query.QueryServiceGrpc;
import io.vecraft.proto.query.RecordHistory;
import io.vecraft.proto.query.ScrollResult;
import io.vecraft.proto.query.SearchResult;
import io.vecraft.query.ChecksumRequestSpec;
import io.vecraft.query.QueryProcessor;
import io.vecraft.storage.rpc.RpcServerCalls;
import io.vecraft.storage.rpc.StrictMessages;
import java.time.Duration;

/**
 * A query processor behind gRPC; for the internal port only. The server must run calls on virtual
 * threads, as {@link InternalServer} does: they may wait until their deadlines. Safe for concurrent
 * use.
 */
public final class GrpcQueryService implements BindableService {
  private final Calls calls;

  /** A service that lets a call without a deadline take 30 s, and 4,096 calls at one time. */
  public GrpcQueryService(QueryProcessor query) {
    this(query, Duration.ofSeconds(30), 4_096);
  }

  /**
   * A service for the processor, which is the caller's.
   *
   * @param longest deadline of a call that brings none
   * @param callsMax calls at one time; those above it get {@code back_pressure}
   */
  public GrpcQueryService(QueryProcessor query, Duration longest, int callsMax) {
    this.calls = new Calls(query, new RpcServerCalls(longest, callsMax));
  }

  @Override
  public ServerServiceDefinition bindService() {
    return StrictMessages.of(calls.bindService());
  }

  /** Calls that are being answered. */
  public int inFlight() {
    return calls.calls.inFlight();
  }

  private static final class Calls extends QueryServiceGrpc.QueryServiceImplBase {
    private final QueryProcessor query;
    private final RpcServerCalls calls;

    Calls(QueryProcessor query, RpcServerCalls calls) {
      this.query = query;
      this.calls = calls;
    }

    @Override
    public void search(CollectionSearch request, StreamObserver<SearchResult> observer) {
      calls.answer(
          observer,
          deadline -> WireAnswers.toWire(query.search(WireQueries.fromWire(request, deadline))));
    }

    @Override
    public void get(CollectionGet request, StreamObserver<GetResult> observer) {
      calls.answer(
          observer,
          deadline -> WireAnswers.toWire(query.get(WireQueries.fromWire(request, deadline))));
    }

    @Override
    public void scroll(CollectionScroll request, StreamObserver<ScrollResult> observer) {
      calls.answer(
          observer,
          deadline -> WireAnswers.toWire(query.scroll(WireQueries.fromWire(request, deadline))));
    }

    @Override
    public void count(CollectionCount request, StreamObserver<CountResult> observer) {
      calls.answer(
          observer,
          deadline -> WireAnswers.toWire(query.count(WireQueries.fromWire(request, deadline))));
    }

    @Override
    public void checksums(CollectionChecksums request, StreamObserver<ChecksumsResult> observer) {
      calls.answer(
          observer,
          deadline ->
              WireAnswers.toWire(
                  query.checksums(
                      new ChecksumRequestSpec(
                          request.getCollection(),
                          WireQueries.fromWire(request.getOptions(), deadline)))));
    }

    @Override
    public void history(RecordHistory request, StreamObserver<HistoryResult> observer) {
      calls.answer(
          observer,
          deadline -> WireAnswers.toWire(query.history(WireQueries.fromWire(request, deadline))));
    }

    @Override
    public void describe(DescribeRequest request, StreamObserver<Description> observer) {
      calls.answer(
          observer, deadline -> WireAnswers.toWire(query.describe(request.getCollection())));
    }

    @Override
    public void list(ListRequest request, StreamObserver<ListResult> observer) {
      calls.answer(
          observer,
          deadline -> {
            var answer = ListResult.newBuilder();
            query.list().forEach(d -> answer.addCollections(WireAnswers.toWire(d)));
            return answer.build();
          });
    }

    @Override
    public void ping(PingRequest request, StreamObserver<PingResponse> observer) {
      observer.onNext(PingResponse.getDefaultInstance());
      observer.onCompleted();
    }
  }
}
