package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.CatalogSource;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.journal.time.ClockReading;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.CreateCollection;
import io.vecraft.proto.journal.FindRememberedRequest;
import io.vecraft.proto.journal.FindRememberedResponse;
import io.vecraft.proto.journal.FindReuseRequest;
import io.vecraft.proto.journal.FindReuseResponse;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TraceResponse;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** A journal that only closes, a clock that counts, and nodes whose replicas obey the test. */
final class FakeCluster {
  final AtomicLong millis = new AtomicLong(1_000_000);
  final AtomicLong adopted = new AtomicLong();
  final AtomicInteger asks = new AtomicInteger();
  final Map<Integer, Long> closed = new ConcurrentHashMap<>();
  final Set<Integer> unavailable = ConcurrentHashMap.newKeySet();
  final List<Node> nodes = new ArrayList<>();
  final SamplingClock clock = new SamplingClock(new CountingClock());
  volatile LongConsumer beforeClosing = stamp -> {};
  volatile Catalog catalog = Catalog.empty(new Partitions(2));
  private long systemOffset;

  ClusterAccess access() {
    return access(nodes);
  }

  /** As {@link #access()}, with other views of the nodes. */
  ClusterAccess access(List<? extends StorageNodeView> views) {
    return new ClusterAccess(
        new ClosingJournal(),
        clock,
        new CatalogSource() {
          @Override
          public Catalog current() {
            return catalog;
          }

          @Override
          public Catalog refresh() {
            return catalog;
          }
        },
        () -> views);
  }

  /** A stamp that was given and stored, as of an acknowledged write. */
  long acknowledged() {
    long stamp = clock.ask().join();
    clock.store(stamp).join();
    return stamp;
  }

  /** Makes a collection with a replica of each shard on every node. */
  void collection(String name, int dimension, int shards, String metric) {
    long stamp = Stamp.atLeast(acknowledged(), Partitions.SYSTEM);
    adopted.accumulateAndGet(stamp, Math::max);
    catalog =
        catalog.apply(
            Record.newBuilder()
                .setStamp(stamp)
                .setOffset(++systemOffset)
                .addOperations(
                    Operation.newBuilder()
                        .setCreateCollection(
                            CreateCollection.newBuilder()
                                .setDefinition(
                                    CollectionDefinition.newBuilder()
                                        .setName(name)
                                        .setDimension(dimension)
                                        .setMetric(metric)
                                        .setShards(shards))))
                .build());
    long id = catalog.requireCollection(name).getId();
    for (Node node : nodes) {
      for (int shard = 0; shard < shards; shard++) {
        var replica = new FakeShard(new ShardId(id, shard), node.name(), this);
        replica.frontier = stamp;
        node.replicas.put(replica.shard(), replica);
      }
    }
  }

  Node node(String name) {
    var node = new Node(name);
    nodes.add(node);
    return node;
  }

  /** Writes a record on every replica, acknowledged; frontiers stay where they are. */
  long write(String collection, String id, float... vector) {
    long stamp = acknowledged();
    var state = catalog.requireCollection(collection);
    var shard = new ShardId(state.getId(), ShardHash.shardOf(id, state.getPlacementsCount()));
    nodes.forEach(n -> n.replicas.get(shard).write(id, stamp, vector));
    return stamp;
  }

  final class Node implements StorageNodeView {
    private final String name;
    final Set<Long> decided = ConcurrentHashMap.newKeySet();
    volatile boolean stuck;
    final Map<ShardId, FakeShard> replicas =
        new TreeMap<>(
            java.util.Comparator.comparingLong(ShardId::collectionId)
                .thenComparingInt(ShardId::shard));

    Node(String name) {
      this.name = name;
    }

    FakeShard shard(int number) {
      return replicas.values().stream()
          .filter(r -> r.shard().shard() == number)
          .findFirst()
          .orElseThrow();
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Optional<ShardReader> reader(ShardId shard) {
      return Optional.ofNullable(replicas.get(shard));
    }

    @Override
    public List<ShardReader> readers() {
      return List.copyOf(replicas.values());
    }

    @Override
    public Catalog catalog() {
      return catalog;
    }

    @Override
    public void awaitCatalog(long stamp, Deadline deadline) {}

    @Override
    public void decide(long transactionStamp, Deadline deadline) {
      while (stuck) {
        deadline.check("a node that does not decide");
        Thread.onSpinWait();
      }
      decided.add(transactionStamp);
    }
  }

  private final class CountingClock implements StampClock {
    @Override
    public CompletableFuture<Long> ask() {
      asks.incrementAndGet();
      long now = Stamp.of(millis.incrementAndGet(), 0, 0);
      return CompletableFuture.completedFuture(Math.max(now, adopted.get() + 1));
    }

    @Override
    public CompletableFuture<Void> store(long stamp) {
      adopted.accumulateAndGet(stamp, Math::max);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<List<ClockReading>> readings() {
      return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public long latest() {
      return adopted.get();
    }
  }

  private final class ClosingJournal implements JournalApi {
    @Override
    public CompletableFuture<GetOffsetResponse> getOffset(GetOffsetRequest request) {
      if (unavailable.contains(request.getPartition())) {
        return CompletableFuture.failedFuture(
            new VecraftException(ErrorCode.UNAVAILABLE, "no majority"));
      }
      if (request.getCloseAtLeast() > adopted.get()) {
        throw new AssertionError("closed at a stamp that is not stored");
      }
      beforeClosing.accept(request.getCloseAtLeast());
      long c = closed.merge(request.getPartition(), request.getCloseAtLeast(), Math::max);
      return CompletableFuture.completedFuture(
          GetOffsetResponse.newBuilder().setOffset(systemOffset).setClosedStamp(c).build());
    }

    @Override
    public CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request) {
      throw new AssertionError();
    }

    @Override
    public PullResponse pull(PullRequest request) {
      throw new AssertionError();
    }

    @Override
    public Subscription tail(TailRequest request, TailListener listener) {
      throw new AssertionError();
    }

    @Override
    public TraceResponse trace(TraceRequest request) {
      throw new AssertionError();
    }

    @Override
    public FindReuseResponse findReuse(FindReuseRequest request) {
      throw new AssertionError();
    }

    @Override
    public FindRememberedResponse findRemembered(FindRememberedRequest request) {
      throw new AssertionError();
    }

    @Override
    public StatusResponse status() {
      throw new AssertionError();
    }
  }
}
