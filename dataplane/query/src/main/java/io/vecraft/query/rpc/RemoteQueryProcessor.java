package io.vecraft.query.rpc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.WireErrors;
import io.vecraft.journal.client.GrpcJournalApi;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.query.CollectionChecksums;
import io.vecraft.proto.query.DescribeRequest;
import io.vecraft.proto.query.ListRequest;
import io.vecraft.proto.query.QueryServiceGrpc;
import io.vecraft.query.ChecksumAnswer;
import io.vecraft.query.ChecksumRequestSpec;
import io.vecraft.query.CollectionDescription;
import io.vecraft.query.CountAnswer;
import io.vecraft.query.CountRequestSpec;
import io.vecraft.query.GetAnswer;
import io.vecraft.query.GetRequestSpec;
import io.vecraft.query.HistoryAnswer;
import io.vecraft.query.HistoryRequestSpec;
import io.vecraft.query.QueryProcessor;
import io.vecraft.query.ReadOptions;
import io.vecraft.query.ScrollAnswer;
import io.vecraft.query.ScrollRequestSpec;
import io.vecraft.query.SearchAnswer;
import io.vecraft.query.SearchRequestSpec;
import io.vecraft.storage.rpc.RpcClientErrors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Query processors in other processes, asked in turn. A read is asked of another one, inside its
 * deadline, when a process cannot be reached, stops answering or has too much to do: a read changes
 * nothing, so it may be asked twice. The pages of a scroll go to the process that has its pins,
 * while that answers; another one pins again.
 *
 * <p>Calls block, so none is for an event loop. Safe for concurrent use.
 */
public final class RemoteQueryProcessor implements QueryProcessor, AutoCloseable {
  /** Scrolls whose process is remembered. */
  private static final int SCROLLS = 10_000;

  /** How long a read goes on trying while no process answers at all. */
  private static final long NOBODY_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long FIRST_PAUSE_MS = 10;
  private static final long LONGEST_PAUSE_MS = 200;
  private static final Set<ErrorCode> ASK_ANOTHER =
      Set.of(ErrorCode.UNAVAILABLE, ErrorCode.NOT_READY, ErrorCode.BACK_PRESSURE);

  private final QueryPeers peers;
  private final Duration callTimeout;
  private final Cache<String, QueryPeers.Peer> scrolls =
      Caffeine.newBuilder().maximumSize(SCROLLS).expireAfterAccess(Duration.ofMinutes(10)).build();

  /**
   * The processors behind these channels, which stay the supplier's and must let messages of {@link
   * GrpcJournalApi#MAX_MESSAGE_BYTES} in.
   *
   * @param channels the processes that there are just now: asked before every call, so it must be
   *     quick, and the same channel for the same process
   * @param callTimeout of calls that have no deadline: descriptions of collections
   */
  public RemoteQueryProcessor(Supplier<List<Channel>> channels, Duration callTimeout) {
    this.peers = new QueryPeers(channels);
    this.callTimeout = callTimeout;
  }

  /** Never: every read is a call of another process. */
  @Override
  public boolean answersAtOnce(String collection, ReadOptions options) {
    return false;
  }

  @Override
  public SearchAnswer search(SearchRequestSpec request) {
    return WireAnswers.fromWire(
        call(
            QueryServiceGrpc.getSearchMethod(),
            WireQueries.toWire(request),
            request.options().deadline()));
  }

  @Override
  public GetAnswer get(GetRequestSpec request) {
    return WireAnswers.fromWire(
        call(
            QueryServiceGrpc.getGetMethod(),
            WireQueries.toWire(request),
            request.options().deadline()));
  }

  @Override
  public ScrollAnswer scroll(ScrollRequestSpec request) {
    List<QueryPeers.Peer> order = peers.inTurn();
    Optional<QueryPeers.Peer> owner =
        request.cursor().map(scrolls::getIfPresent).filter(QueryPeers.Peer::answers);
    if (owner.isPresent() && order.contains(owner.get())) {
      order = new ArrayList<>(order);
      order.remove(owner.get());
      order.addFirst(owner.get());
    }
    Answer<io.vecraft.proto.query.ScrollResult> answer =
        call(
            order,
            QueryServiceGrpc.getScrollMethod(),
            WireQueries.toWire(request),
            request.options().deadline());
    request.cursor().ifPresent(scrolls::invalidate);
    if (answer.value().hasCursor()) {
      scrolls.put(answer.value().getCursor(), answer.peer());
    }
    return WireAnswers.fromWire(answer.value());
  }

  @Override
  public CountAnswer count(CountRequestSpec request) {
    return WireAnswers.fromWire(
        call(
            QueryServiceGrpc.getCountMethod(),
            WireQueries.toWire(request),
            request.options().deadline()));
  }

  @Override
  public ChecksumAnswer checksums(ChecksumRequestSpec request) {
    return WireAnswers.fromWire(
        call(
            QueryServiceGrpc.getChecksumsMethod(),
            CollectionChecksums.newBuilder()
                .setCollection(request.collection())
                .setOptions(WireQueries.toWire(request.options()))
                .build(),
            request.options().deadline()));
  }

  @Override
  public HistoryAnswer history(HistoryRequestSpec request) {
    return WireAnswers.fromWire(
        call(
            QueryServiceGrpc.getHistoryMethod(),
            WireQueries.toWire(request),
            request.options().deadline()));
  }

  @Override
  public CollectionDescription describe(String collection) {
    return WireAnswers.fromWire(
        call(
            QueryServiceGrpc.getDescribeMethod(),
            DescribeRequest.newBuilder().setCollection(collection).build(),
            callDeadline()));
  }

  @Override
  public List<CollectionDescription> list() {
    return call(QueryServiceGrpc.getListMethod(), ListRequest.getDefaultInstance(), callDeadline())
        .getCollectionsList()
        .stream()
        .map(WireAnswers::fromWire)
        .toList();
  }

  /** Whether any process answers just now. */
  public boolean answers() {
    return peers.inTurn().stream().anyMatch(QueryPeers.Peer::answers);
  }

  private Deadline callDeadline() {
    return Deadline.afterMillis(callTimeout.toMillis());
  }

  private record Answer<A>(A value, QueryPeers.Peer peer) {}

  private <Q, A> A call(MethodDescriptor<Q, A> method, Q request, Deadline deadline) {
    return call(peers.inTurn(), method, request, deadline).value();
  }

  private <Q, A> Answer<A> call(
      List<QueryPeers.Peer> order, MethodDescriptor<Q, A> method, Q request, Deadline deadline) {
    long started = System.nanoTime();
    long pauseMs = FIRST_PAUSE_MS;
    List<QueryPeers.Peer> next = order;
    VecraftException failure =
        new VecraftException(ErrorCode.UNAVAILABLE, "no query processor is known");
    while (true) {
      for (QueryPeers.Peer peer : next) {
        try {
          return new Answer<>(ask(peer, method, request, deadline), peer);
        } catch (VecraftException e) {
          if (!ASK_ANOTHER.contains(e.code())) {
            throw e;
          }
          failure = e;
        }
      }
      if (System.nanoTime() - started + TimeUnit.MILLISECONDS.toNanos(pauseMs) > NOBODY_NANOS
          || deadline.remainingNanos() < TimeUnit.MILLISECONDS.toNanos(pauseMs)) {
        throw failure;
      }
      pause(pauseMs);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      next = peers.inTurn();
    }
  }

  private static <Q, A> A ask(
      QueryPeers.Peer peer, MethodDescriptor<Q, A> method, Q request, Deadline deadline) {
    deadline.check("asking a query processor");
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
    try {
      return ClientCalls.blockingUnaryCall(peer.calls(), method, options, request);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.UNAVAILABLE && WireErrors.fromGrpc(e).isEmpty()) {
        peer.failed();
      }
      throw RpcClientErrors.of(e, peer.name());
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "interrupted while waiting for a query processor");
    }
  }

  /** Ends the looking after the processes; the channels are the supplier's. */
  @Override
  public void close() {
    peers.close();
  }
}
