package io.vecraft.storage.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.storage.AtRequest;
import io.vecraft.proto.storage.AwaitCatalogRequest;
import io.vecraft.proto.storage.AwaitFrontierRequest;
import io.vecraft.proto.storage.AwaitFrontierResponse;
import io.vecraft.proto.storage.CatalogRequest;
import io.vecraft.proto.storage.CatalogResponse;
import io.vecraft.proto.storage.CountRequest;
import io.vecraft.proto.storage.DecideRequest;
import io.vecraft.proto.storage.DecideResponse;
import io.vecraft.proto.storage.FilterNode;
import io.vecraft.proto.storage.GetRequest;
import io.vecraft.proto.storage.HistoryRequest;
import io.vecraft.proto.storage.HistoryResponse;
import io.vecraft.proto.storage.NumberResponse;
import io.vecraft.proto.storage.OutcomesResponse;
import io.vecraft.proto.storage.PinRequest;
import io.vecraft.proto.storage.PinResponse;
import io.vecraft.proto.storage.Position;
import io.vecraft.proto.storage.RecordsResponse;
import io.vecraft.proto.storage.RenewPinsRequest;
import io.vecraft.proto.storage.RenewPinsResponse;
import io.vecraft.proto.storage.ScrollRequest;
import io.vecraft.proto.storage.SearchRequest;
import io.vecraft.proto.storage.SearchResponse;
import io.vecraft.proto.storage.ShardRef;
import io.vecraft.proto.storage.StatsRequest;
import io.vecraft.proto.storage.StatsResponse;
import io.vecraft.proto.storage.StorageServiceGrpc;
import io.vecraft.proto.storage.UnpinRequest;
import io.vecraft.proto.storage.UnpinResponse;
import io.vecraft.proto.storage.VersionsRequest;
import io.vecraft.proto.storage.VersionsResponse;
import io.vecraft.proto.storage.WatchRequest;
import io.vecraft.proto.storage.WatchResponse;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchHits;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/** The calls of {@link GrpcStorageService}, each on the thread that it comes on. */
final class StorageCalls extends StorageServiceGrpc.StorageServiceImplBase {
  private static final long SHORTEST_HEARTBEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** How long a wait goes on after whoever asked has gone. */
  private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final StorageNodeView node;
  private final StorageRpcSettings settings;
  private final RpcServerCalls calls;
  private final NodeStates states;
  private final PinLeases pins;

  StorageCalls(
      StorageNodeView node, StorageRpcSettings settings, NodeStates states, PinLeases pins) {
    this.node = node;
    this.settings = settings;
    this.calls = new RpcServerCalls(settings.longest(), settings.callsMax());
    this.states = states;
    this.pins = pins;
  }

  int inFlight() {
    return calls.inFlight();
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<WatchResponse> observer) {
    if (states.watchers() >= settings.watchersMax()) {
      observer.onError(
          RpcServerCalls.toGrpc(
              new VecraftException(
                  ErrorCode.BACK_PRESSURE,
                  settings.watchersMax() + " processes watch, which is the limit")));
      return;
    }
    var watcher = new StreamWatcher((ServerCallStreamObserver<WatchResponse>) observer);
    watcher.stream.setOnCancelHandler(() -> states.unwatch(watcher));
    long heartbeat = settings.heartbeat().toNanos();
    if (request.getHeartbeatMs() > 0) {
      heartbeat = Math.min(heartbeat, TimeUnit.MILLISECONDS.toNanos(request.getHeartbeatMs()));
    }
    states.watch(watcher, Math.max(SHORTEST_HEARTBEAT_NANOS, heartbeat));
    if (watcher.stream.isCancelled()) {
      states.unwatch(watcher);
    }
  }

  private record StreamWatcher(ServerCallStreamObserver<WatchResponse> stream)
      implements NodeStates.Watcher {
    @Override
    public boolean ready() {
      return stream.isReady();
    }

    @Override
    public void tell(WatchResponse state) {
      if (!stream.isCancelled()) {
        stream.onNext(state);
      }
    }

    @Override
    public void end() {
      if (!stream.isCancelled()) {
        stream.onError(
            RpcServerCalls.toGrpc(
                new VecraftException(ErrorCode.UNAVAILABLE, "the storage node ends its service")));
      }
    }
  }

  @Override
  public void awaitFrontier(
      AwaitFrontierRequest request, StreamObserver<AwaitFrontierResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          NodeStates.Replica replica = replica(request.getShard());
          inTurns(deadline, turn -> replica.reader().awaitFrontier(request.getStamp(), turn));
          Position.Builder position = position(replica);
          NodeStates.operationsApplied(replica.reader(), position.getFrontier())
              .ifPresent(position::setOperationsApplied);
          return AwaitFrontierResponse.newBuilder().setPosition(position).build();
        });
  }

  /** Waits in turns, and no longer than somebody waits for the answer. */
  private static void inTurns(Deadline deadline, Consumer<Deadline> waiting) {
    while (true) {
      long ends = System.nanoTime() + TURN_NANOS;
      boolean last = ends - deadline.nanos() >= 0;
      try {
        waiting.accept(last ? deadline : new Deadline(ends));
        return;
      } catch (VecraftException e) {
        if (e.code() != ErrorCode.DEADLINE_EXCEEDED || last || RpcServerCalls.cancelled()) {
          throw e;
        }
      }
    }
  }

  @Override
  public void search(SearchRequest request, StreamObserver<SearchResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          NodeStates.Replica replica = readable(request.getShard(), request.getAsOf());
          SearchSpec spec = searchSpec(request);
          SearchHits hits = replica.reader().search(spec, request.getAsOf(), deadline);
          return WireReads.toWire(hits).setPosition(position(replica, request.getAsOf())).build();
        });
  }

  private SearchSpec searchSpec(SearchRequest request) {
    SearchSpec spec = WireReads.fromWire(request.getSearch());
    if (spec.k() < 1) {
      throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "k must be 1 or more", "k");
    }
    Optional<CollectionState> collection =
        node.catalog().collection(request.getShard().getCollectionId());
    if (collection.isPresent()
        && collection.get().getDefinition().getDimension() != spec.vector().length) {
      throw new VecraftException(
          ErrorCode.DIMENSION_MISMATCH,
          "vector has %d dimensions, the collection has %d"
              .formatted(spec.vector().length, collection.get().getDefinition().getDimension()),
          "vector");
    }
    return spec;
  }

  @Override
  public void get(GetRequest request, StreamObserver<RecordsResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          requireAtMost(request.getIdsCount(), "ids");
          NodeStates.Replica replica = readable(request.getShard(), request.getAsOf());
          return records(
              replica,
              request.getAsOf(),
              replica
                  .reader()
                  .get(
                      request.getIdsList(),
                      request.getAsOf(),
                      WireReads.fromWire(request.getInclude())));
        });
  }

  @Override
  public void scroll(ScrollRequest request, StreamObserver<RecordsResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          requireAtMost(request.getLimit(), "limit");
          NodeStates.Replica replica = readable(request.getShard(), request.getAsOf());
          return records(
              replica,
              request.getAsOf(),
              replica
                  .reader()
                  .scroll(
                      filter(request.hasFilter(), request.getFilter()),
                      request.hasAfterId() ? Optional.of(request.getAfterId()) : Optional.empty(),
                      request.getLimit(),
                      request.getAsOf(),
                      WireReads.fromWire(request.getInclude())));
        });
  }

  private RecordsResponse records(NodeStates.Replica replica, long asOf, List<RecordView> records) {
    var answer = RecordsResponse.newBuilder();
    records.forEach(record -> answer.addRecords(WireReads.toWire(record)));
    return answer.setPosition(position(replica, asOf)).build();
  }

  @Override
  public void count(CountRequest request, StreamObserver<NumberResponse> observer) {
    number(
        observer,
        request.getShard(),
        request.getAsOf(),
        reader ->
            reader.count(filter(request.hasFilter(), request.getFilter()), request.getAsOf()));
  }

  private static Optional<Filter> filter(boolean present, FilterNode filter) {
    return present ? Optional.of(WireFilters.fromWire(filter)) : Optional.empty();
  }

  @Override
  public void operationsApplied(AtRequest request, StreamObserver<NumberResponse> observer) {
    number(
        observer,
        request.getShard(),
        request.getStamp(),
        reader -> reader.operationsApplied(request.getStamp()));
  }

  @Override
  public void checksum(AtRequest request, StreamObserver<NumberResponse> observer) {
    number(
        observer,
        request.getShard(),
        request.getStamp(),
        reader -> reader.checksum(request.getStamp()));
  }

  private void number(
      StreamObserver<NumberResponse> observer,
      ShardRef shard,
      long asOf,
      ToLongFunction<ShardReader> read) {
    calls.answer(
        observer,
        deadline -> {
          NodeStates.Replica replica = readable(shard, asOf);
          long number = read.applyAsLong(replica.reader());
          return NumberResponse.newBuilder()
              .setNumber(number)
              .setPosition(position(replica, asOf))
              .build();
        });
  }

  @Override
  public void history(HistoryRequest request, StreamObserver<HistoryResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          requireAtMost(request.getLimit(), "limit");
          NodeStates.Replica replica = replica(request.getShard());
          var answer = HistoryResponse.newBuilder();
          replica
              .reader()
              .history(request.getId(), request.getBeforeStamp(), request.getLimit())
              .forEach(version -> answer.addVersions(WireReads.toWire(version)));
          return answer.setPosition(position(replica, request.getBeforeStamp() - 1)).build();
        });
  }

  @Override
  public void versions(VersionsRequest request, StreamObserver<VersionsResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          if (request.getVersions() < 1) {
            throw new VecraftException(
                ErrorCode.INVALID_ARGUMENT, "versions must be 1 or more", "versions");
          }
          NodeStates.Replica replica = replica(request.getShard());
          var answer = VersionsResponse.newBuilder();
          replica
              .reader()
              .firstWithVersions(request.getIdsList(), request.getVersions())
              .ifPresent(answer::setFirst);
          return answer.setPosition(position(replica)).build();
        });
  }

  @Override
  public void outcomes(AtRequest request, StreamObserver<OutcomesResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          NodeStates.Replica replica = reached(request.getShard(), request.getStamp());
          var answer = OutcomesResponse.newBuilder();
          Optional<List<OperationOutcome>> outcomes = replica.reader().outcomes(request.getStamp());
          answer.setKnown(outcomes.isPresent());
          outcomes
              .orElse(List.of())
              .forEach(outcome -> answer.addOutcomes(WireReads.toWire(outcome)));
          return answer.build();
        });
  }

  @Override
  public void stats(StatsRequest request, StreamObserver<StatsResponse> observer) {
    calls.answer(
        observer, deadline -> WireReads.toWire(replica(request.getShard()).reader().stats()));
  }

  @Override
  public void pin(PinRequest request, StreamObserver<PinResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          if (request.getPinId() == 0) {
            throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "a pin needs an id", "pin_id");
          }
          // One that lags is pinned as well: it will come to the stamp.
          NodeStates.Replica replica = replica(request.getShard());
          pins.pin(request.getPinId(), replica.reader(), request.getStamp());
          return PinResponse.newBuilder().setLeaseMs(settings.pinLease().toMillis()).build();
        });
  }

  @Override
  public void renewPins(RenewPinsRequest request, StreamObserver<RenewPinsResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          requireAtMost(request.getPinIdsCount(), "pin_ids");
          var answer = RenewPinsResponse.newBuilder();
          for (long id : request.getPinIdsList()) {
            if (!pins.renew(id)) {
              answer.addUnknown(id);
            }
          }
          return answer.build();
        });
  }

  @Override
  public void unpin(UnpinRequest request, StreamObserver<UnpinResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          request.getPinIdsList().forEach(pins::unpin);
          return UnpinResponse.getDefaultInstance();
        });
  }

  @Override
  public void catalog(CatalogRequest request, StreamObserver<CatalogResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          Catalog catalog = node.catalog();
          var answer =
              CatalogResponse.newBuilder()
                  .setDataPartitions(catalog.partitions().dataPartitions())
                  .setStamp(catalog.stamp())
                  .setNextId(catalog.nextId());
          for (CollectionState collection : catalog.collections()) {
            answer.addCollections(collection.toByteString());
          }
          return answer.build();
        });
  }

  @Override
  public void awaitCatalog(AwaitCatalogRequest request, StreamObserver<WatchResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          inTurns(deadline, turn -> node.awaitCatalog(request.getStamp(), turn));
          return states.all();
        });
  }

  @Override
  public void decide(DecideRequest request, StreamObserver<DecideResponse> observer) {
    calls.answer(
        observer,
        deadline -> {
          node.decide(request.getTransactionStamp(), deadline);
          return DecideResponse.getDefaultInstance();
        });
  }

  private NodeStates.Replica replica(ShardRef shard) {
    WireReads.notNegative(shard.getShard(), "shard");
    return states.replica(WireReads.fromWire(shard));
  }

  private NodeStates.Replica readable(ShardRef shard, long asOf) {
    if (asOf <= 0) {
      throw new VecraftException(ErrorCode.INVALID_ARGUMENT, asOf + " is no stamp", "as_of");
    }
    return reached(shard, asOf);
  }

  /** The replica, which has reached the stamp: whoever asks may know it from before a restart. */
  private NodeStates.Replica reached(ShardRef shard, long stamp) {
    NodeStates.Replica replica = replica(shard);
    long frontier = replica.reader().frontier();
    if (stamp > frontier) {
      throw new VecraftException(
          ErrorCode.NOT_READY,
          "the replica of shard %d on %s is at %d, before %d"
              .formatted(shard.getShard(), node.name(), frontier, stamp));
    }
    return replica;
  }

  private Position.Builder position(NodeStates.Replica replica) {
    return Position.newBuilder()
        .setStartId(states.startId())
        .setInstance(replica.instance())
        .setFrontier(replica.reader().frontier());
  }

  /**
   * With the operations applied up to a stamp, which are free to know here and a call elsewhere.
   */
  private Position.Builder position(NodeStates.Replica replica, long asOf) {
    Position.Builder position = position(replica);
    if (asOf <= position.getFrontier()) {
      NodeStates.operationsApplied(replica.reader(), asOf)
          .ifPresent(position::setOperationsApplied);
    }
    return position;
  }

  private void requireAtMost(int number, String field) {
    if (WireReads.notNegative(number, field) > settings.scrollMax()) {
      throw new VecraftException(
          ErrorCode.LIMIT_EXCEEDED,
          "%s is %d, at most %d are answered at once"
              .formatted(field, number, settings.scrollMax()),
          field);
    }
  }
}
