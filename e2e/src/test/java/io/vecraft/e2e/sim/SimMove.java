package io.vecraft.e2e.sim;

import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.log.model.ModelReplica;
import io.vecraft.journal.partition.HandedOver;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.OpenShard;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.RehomeShard;
import io.vecraft.proto.journal.RememberRequests;
import io.vecraft.proto.journal.RememberedRequest;
import io.vecraft.proto.journal.SealShard;
import io.vecraft.proto.journal.SettleShard;
import io.vecraft.proto.journal.WantShardIn;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Brings a shard to the other DATA partition in the steps of the product's {@code ShardMove}, each
 * tried until it is done. One at a time.
 */
final class SimMove implements SimNetwork.Endpoint {
  private static final long LEARNT_LATE_TICKS = 200;

  private final SimWorld world;
  private final SimCollection.Home[] homes = new SimCollection.Home[SimCollection.SHARDS];
  private boolean busy;
  private long moved;

  SimMove(SimWorld world) {
    this.world = world;
    Arrays.setAll(homes, shard -> world.collection().home(shard));
  }

  @Override
  public boolean alive() {
    return true;
  }

  /** Shards that have come to another partition. */
  long moved() {
    return moved;
  }

  /** Begins to move a shard, unless one is on its way. */
  void start(int shard) {
    if (busy) {
      return;
    }
    busy = true;
    SimCollection.Home from = homes[shard];
    int to = SimCollection.other(from.partition());
    var next = new SimCollection.Home(to, from.epoch() + 1);
    world
        .network()
        .watch(
            want(shard, next)
                .thenCompose(wanted -> seal(shard, from))
                .thenCompose(sealed ->
                    handOver(shard, from, next, sealed)
                        .thenCompose(told -> rehome(shard, next, sealed)))
                .thenCompose(rehomed -> {
                  // Clients hear of it at some time; until then they are sent away.
                  world
                      .loop()
                      .after(
                          world.loop().between(0, LEARNT_LATE_TICKS),
                          () -> world.collection().learn(shard, next));
                  return open(shard, next, rehomed);
                })
                .thenCompose(opened -> settle(shard, next))
                .thenRun(() -> {
                  homes[shard] = next;
                  moved++;
                  busy = false;
                }));
  }

  private CompletableFuture<AppendResult> want(int shard, SimCollection.Home next) {
    return append(
        Partitions.SYSTEM,
        next,
        0,
        Operation.newBuilder()
            .setWantShardIn(
                WantShardIn.newBuilder()
                    .setCollectionId(SimCollection.ID)
                    .setShard(shard)
                    .setPartition(next.partition())));
  }

  private CompletableFuture<AppendResult> seal(int shard, SimCollection.Home from) {
    return world.mistake() == Mistake.MOVE_NOT_SEALED
        ? CompletableFuture.completedFuture(AppendResult.getDefaultInstance())
        : append(
            from.partition(),
            from,
            0,
            on(shard).setSealShard(SealShard.newBuilder().setEpoch(from.epoch())));
  }

  /** Tells all that is in the log up to the seal; some of it twice, which must not matter. */
  private CompletableFuture<Void> handOver(
      int shard, SimCollection.Home from, SimCollection.Home next, AppendResult sealed) {
    if (world.mistake() == Mistake.MOVE_FORGETS_REQUESTS) {
      return CompletableFuture.completedFuture(null);
    }
    Optional<CommittedLog> log =
        world
            .journal()
            .partition(from.partition())
            .any()
            .map(ModelReplica::committed)
            .filter(l -> l.position().offset() >= sealed.getOffset());
    if (log.isEmpty()) {
      return world.journal().pause().thenCompose(later -> handOver(shard, from, next, sealed));
    }
    List<RememberedRequest> requests =
        log.get().read(1, Integer.MAX_VALUE, Long.MAX_VALUE).stream()
            .flatMap(record -> requests(from, record, shard).stream())
            .toList();
    return requests.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : append(
                next.partition(),
                next,
                0,
                on(shard)
                    .setRememberRequests(RememberRequests.newBuilder().addAllRequests(requests)))
            .thenApply(told -> null);
  }

  private static List<RememberedRequest> requests(
      SimCollection.Home from, Record record, int shard) {
    return HandedOver.requests(from.partition(), record, SimCollection.ID, shard);
  }

  private CompletableFuture<AppendResult> rehome(
      int shard, SimCollection.Home next, AppendResult sealed) {
    return world
        .journal()
        .close(this, next.partition(), 0)
        .handle((position, error) -> error == null ? position.offset() : -1)
        .thenCompose(end ->
            end < 0
                ? world.journal().pause().thenCompose(later -> rehome(shard, next, sealed))
                : append(
                    Partitions.SYSTEM,
                    next,
                    sealed.getStamp(),
                    Operation.newBuilder()
                        .setRehomeShard(
                            RehomeShard.newBuilder()
                                .setCollectionId(SimCollection.ID)
                                .setShard(shard)
                                .setEpoch(next.epoch())
                                .setSealStamp(sealed.getStamp())
                                .setFromOffset(end + 1)
                                .setControlEpoch(SimCollection.CONTROL_EPOCH))));
  }

  private CompletableFuture<AppendResult> open(
      int shard, SimCollection.Home next, AppendResult rehomed) {
    return append(
        next.partition(),
        next,
        rehomed.getStamp(),
        on(shard).setOpenShard(OpenShard.newBuilder().setEpoch(next.epoch()).setHandedOver(true)));
  }

  private CompletableFuture<AppendResult> settle(int shard, SimCollection.Home next) {
    return append(
        Partitions.SYSTEM,
        next,
        0,
        Operation.newBuilder()
            .setSettleShard(
                SettleShard.newBuilder()
                    .setCollectionId(SimCollection.ID)
                    .setShard(shard)
                    .setEpoch(next.epoch())
                    .setControlEpoch(SimCollection.CONTROL_EPOCH)));
  }

  private static Operation.Builder on(int shard) {
    return Operation.newBuilder().setCollectionId(SimCollection.ID).setShard(shard);
  }

  /** Again and again under one request id, until it is in the log. */
  private CompletableFuture<AppendResult> append(
      int partition, SimCollection.Home home, long above, Operation.Builder operation) {
    String request = "move-%d-%s-%s".formatted(moved, home, operation.getKindCase());
    Append append =
        Append.newBuilder()
            .setRequestId(request)
            .setRequestDigest(ByteString.copyFromUtf8(request))
            .setPrincipal("control")
            .setMinStamp(above)
            .addOperations(operation)
            .build();
    return append(partition, append);
  }

  private CompletableFuture<AppendResult> append(int partition, Append append) {
    return world
        .journal()
        .append(this, partition, append)
        .handle((result, error) ->
            error == null && !result.hasFailure()
                ? Optional.of(result)
                : Optional.<AppendResult>empty())
        .thenCompose(done ->
            done.isPresent()
                ? CompletableFuture.completedFuture(done.get())
                : world.journal().pause().thenCompose(later -> append(partition, append)));
  }
}
