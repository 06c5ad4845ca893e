package io.vecraft.storage.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.client.GrpcJournalApi;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.storage.AwaitCatalogRequest;
import io.vecraft.proto.storage.CatalogRequest;
import io.vecraft.proto.storage.CatalogResponse;
import io.vecraft.proto.storage.DecideRequest;
import io.vecraft.proto.storage.PinRequest;
import io.vecraft.proto.storage.StorageServiceGrpc;
import io.vecraft.proto.storage.WatchResponse;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A storage node in another process.
 *
 * <p>A watch that is always open tells which replicas there are and where they stand, so that
 * {@link #readers()}, {@link #reader} and what readers know of themselves cost no call. While the
 * watch is broken, or silent for too long, the node has no readers, and calls that wait for it end
 * with {@code unavailable}; it has them again once it speaks. Safe for concurrent use.
 */
public final class RemoteStorageNode implements StorageNodeView, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteStorageNode.class);

  private final String name;
  private final String pool;
  private final RemoteStorageSettings settings;
  private final Channel calls;
  private final OpenCalls open = new OpenCalls();
  private final RemoteReplicas replicas;
  private final RemotePins pins;
  private final NodeWatch watch;
  private volatile Catalog catalog = Catalog.empty(new Partitions(1));

  /**
   * A view of the node behind a channel, which stays the caller's and must let messages of {@link
   * GrpcJournalApi#MAX_MESSAGE_BYTES} in. Returns at once: readers can be had a moment later.
   *
   * @param name of the node; one that says it has another name serves nothing here
   * @param pool that the node is in
   */
  public RemoteStorageNode(
      String name, String pool, Channel channel, RemoteStorageSettings settings) {
    this.name = name;
    this.pool = pool;
    this.settings = settings;
    this.calls = ClientInterceptors.intercept(channel, open);
    this.replicas = new RemoteReplicas(replica -> new RemoteShardReader(this, replica));
    this.pins = new RemotePins(channel);
    this.watch = new NodeWatch(name, channel, settings, new Told());
  }

  /** What the watch reports. */
  private final class Told implements NodeWatch.Listener {
    @Override
    public boolean told(WatchResponse state, boolean first) {
      boolean started = replicas.told(state, first);
      if (started) {
        pins.renew();
      }
      return replicas.serving();
    }

    @Override
    public void lost(String why) {
      if (replicas.lost()) {
        LOG.info("storage node {} does not serve: {}", name, why);
      }
      open.cancelAll("storage node " + name + ": " + why);
    }

    @Override
    public void tick() {
      pins.renewIfDue();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String pool() {
    return pool;
  }

  /** Whether the node is heard. */
  public boolean serving() {
    return replicas.serving();
  }

  @Override
  public Optional<ShardReader> reader(ShardId shard) {
    return replicas.reader(shard);
  }

  @Override
  public List<ShardReader> readers() {
    return replicas.readers();
  }

  /**
   * The newest catalog of the node that is known: of a node that is not heard, the last one that
   * was. Without keys.
   */
  @Override
  public Catalog catalog() {
    Catalog known = catalog;
    if (!replicas.serving() || known.stamp() == replicas.catalogStamp()) {
      return known;
    }
    try {
      Catalog asked =
          restored(
              call(
                  StorageServiceGrpc.getCatalogMethod(),
                  CatalogRequest.getDefaultInstance(),
                  callDeadline()));
      catalog = asked;
      return asked;
    } catch (VecraftException e) {
      return known;
    }
  }

  private static Catalog restored(CatalogResponse answer) {
    var collections = new ArrayList<CollectionState>(answer.getCollectionsCount());
    try {
      for (ByteString collection : answer.getCollectionsList()) {
        collections.add(CollectionState.parseFrom(collection));
      }
      return Catalog.restore(
          new Partitions(answer.getDataPartitions()),
          answer.getStamp(),
          answer.getNextId(),
          collections,
          List.of(),
          ClusterState.getDefaultInstance());
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the catalog of a node cannot be read");
    }
  }

  @Override
  public void awaitCatalog(long stamp, Deadline deadline) {
    WatchResponse state =
        call(
            StorageServiceGrpc.getAwaitCatalogMethod(),
            AwaitCatalogRequest.newBuilder().setStamp(stamp).build(),
            deadline);
    if (!replicas.answered(state)) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "storage node " + name + " has started again");
    }
  }

  @Override
  public void decide(long transactionStamp, Deadline deadline) {
    call(
        StorageServiceGrpc.getDecideMethod(),
        DecideRequest.newBuilder().setTransactionStamp(transactionStamp).build(),
        deadline);
  }

  Deadline callDeadline() {
    return Deadline.afterMillis(settings.callTimeout().toMillis());
  }

  /** A call of a replica; fails at once when the process that had it is gone. */
  <Q, A> A call(
      RemoteReplica replica, MethodDescriptor<Q, A> method, Q request, Deadline deadline) {
    if (!replicas.has(replica)) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "storage node " + name + " is gone or has started again");
    }
    return call(method, request, deadline);
  }

  private <Q, A> A call(MethodDescriptor<Q, A> method, Q request, Deadline deadline) {
    if (!replicas.serving()) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, "storage node " + name + " is not heard");
    }
    long nanos = deadline.remainingNanos();
    if (nanos <= 0) {
      throw new VecraftException(
          ErrorCode.DEADLINE_EXCEEDED, "the deadline passed before storage node " + name);
    }
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(nanos, TimeUnit.NANOSECONDS);
    try {
      return ClientCalls.blockingUnaryCall(calls, method, options, request);
    } catch (StatusRuntimeException e) {
      throw RpcClientErrors.of(e, "storage node " + name);
    }
  }

  ShardReader.Pin pin(RemoteReplica replica, long stamp, Deadline deadline) {
    PinRequest request =
        PinRequest.newBuilder()
            .setShard(WireReads.toWire(replica.id()))
            .setStamp(stamp)
            .setPinId(RemotePins.newId())
            .build();
    try {
      pins.made(request, call(replica, StorageServiceGrpc.getPinMethod(), request, deadline));
    } catch (VecraftException e) {
      if (e.code() == ErrorCode.DEADLINE_EXCEEDED || e.code() == ErrorCode.UNAVAILABLE) {
        // It may have been made.
        pins.end(request.getPinId());
      }
      throw e;
    }
    var pinned = new AtomicBoolean(true);
    return () -> {
      if (pinned.compareAndSet(true, false)) {
        pins.end(request.getPinId());
      }
    };
  }

  /** Pins of this process on the node. */
  public int pins() {
    return pins.size();
  }

  /** Ends the watch; calls under way fail. */
  @Override
  public void close() {
    watch.close();
    replicas.lost();
    open.cancelAll("closed");
  }

  @Override
  public String toString() {
    return "storage node " + name;
  }
}
