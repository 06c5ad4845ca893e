package io.vecraft.gateway.grpc;

import io.grpc.stub.StreamObserver;
import io.vecraft.gateway.auth.Action;
import io.vecraft.gateway.body.KeyBody;
import io.vecraft.gateway.call.Cluster;
import io.vecraft.gateway.call.Collections;
import io.vecraft.gateway.limits.InFlight;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.proto.api.CatalogCollection;
import io.vecraft.proto.api.CatalogDescription;
import io.vecraft.proto.api.ClockMember;
import io.vecraft.proto.api.ClusterDescription;
import io.vecraft.proto.api.CreateKeyRequest;
import io.vecraft.proto.api.CreateKeyResponse;
import io.vecraft.proto.api.GetClusterRequest;
import io.vecraft.proto.api.Key;
import io.vecraft.proto.api.ListKeysRequest;
import io.vecraft.proto.api.ListKeysResponse;
import io.vecraft.proto.api.MetaServiceGrpc;
import io.vecraft.proto.api.Node;
import io.vecraft.proto.api.NodeReplica;
import io.vecraft.proto.api.Placement;
import io.vecraft.proto.api.RevokeKeyRequest;
import io.vecraft.proto.api.RevokeKeyResponse;
import io.vecraft.proto.api.WatchCatalogRequest;
import io.vecraft.proto.api.WatchClusterRequest;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.CollectionState;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** {@code MetaService}. */
final class MetaGrpc extends MetaServiceGrpc.MetaServiceImplBase {
  private static final long CATALOG_POLL_MS = 50;
  private static final long CLUSTER_POLL_MS = 1_000;

  private final GrpcRunner runner;
  private final Convert convert;
  private final Collections collections;
  private final Cluster cluster;
  private final Supplier<Catalog> catalog;
  private final InFlight.Gate subscriptions;

  MetaGrpc(
      GrpcRunner runner,
      Convert convert,
      Collections collections,
      Cluster cluster,
      Supplier<Catalog> catalog,
      InFlight.Gate subscriptions) {
    this.runner = runner;
    this.convert = convert;
    this.collections = collections;
    this.cluster = cluster;
    this.catalog = catalog;
    this.subscriptions = subscriptions;
  }

  @Override
  public void getCluster(GetClusterRequest request, StreamObserver<ClusterDescription> out) {
    runner.read(out, call -> description(cluster.describe(call.call())));
  }

  @Override
  public void watchCluster(WatchClusterRequest request, StreamObserver<ClusterDescription> out) {
    watch(out, call -> description(cluster.describe(call.call())), CLUSTER_POLL_MS);
  }

  @Override
  public void watchCatalog(WatchCatalogRequest request, StreamObserver<CatalogDescription> out) {
    watch(
        out,
        call -> {
          call.call().principal().require(Action.READ);
          return catalog(catalog.get());
        },
        CATALOG_POLL_MS);
  }

  /** Sends a state, and again whenever it is another one. */
  private <A> void watch(StreamObserver<A> out, Function<GrpcCall, A> state, long pollMs) {
    runner.stream(
        out,
        (call, sink) -> {
          Optional<A> last = Optional.of(state.apply(call));
          subscriptions.enter(1);
          try {
            sink.send(last.get());
            while (sink.open()) {
              Thread.sleep(pollMs);
              A now = state.apply(call);
              if (!now.equals(last.get())) {
                sink.send(now);
                last = Optional.of(now);
              }
            }
          } finally {
            subscriptions.leave(1);
          }
        });
  }

  private static CatalogDescription catalog(Catalog catalog) {
    var message = CatalogDescription.newBuilder().setStamp(catalog.stamp());
    for (CollectionState state : catalog.collections()) {
      var collection =
          CatalogCollection.newBuilder()
              .setId(state.getId())
              .setName(state.getDefinition().getName())
              .setDimension(state.getDefinition().getDimension())
              .setMetric(state.getDefinition().getMetric())
              .setSchemaVersion(state.getSchemaStamp());
      state
          .getPlacementsList()
          .forEach(p ->
              collection.addPlacements(
                  Placement.newBuilder()
                      .setShard(p.getShard())
                      .setEpoch(p.getEpoch())
                      .setPartition(p.getPartition())));
      message.addCollections(collection);
    }
    return message.build();
  }

  private static ClusterDescription description(Cluster.Description description) {
    var message =
        ClusterDescription.newBuilder()
            .setClusterId(description.journal().getClusterId())
            .setIncarnation(description.journal().getIncarnation())
            .setVersion(description.version())
            .setClock(description.clock().latest())
            .setClockEpoch(description.clock().epoch())
            .addAllRoles(Cluster.ROLES);
    description.nodes().forEach(node -> message.addNodes(node(node)));
    description
        .clock()
        .members()
        .forEach(m ->
            message.addClockMembers(
                ClockMember.newBuilder()
                    .setMember(m.name())
                    .setValue(m.value())
                    .setMachineMs(m.machineMs())
                    .setOffsetMs(m.offsetMs())));
    description
        .journal()
        .getPartitionsList()
        .forEach(p -> message.addPartitions(LineageGrpc.partition(p)));
    return message.build();
  }

  private static Node node(Cluster.Node node) {
    var message =
        Node.newBuilder()
            .setName(node.name())
            .setVersion(node.version())
            .addAllRoles(node.roles())
            .setCatalogStamp(node.catalogStamp());
    node.replicas()
        .forEach(r ->
            message.addReplicas(
                NodeReplica.newBuilder()
                    .setCollectionId(r.collectionId())
                    .setCollection(r.collection())
                    .setShard(r.shard())
                    .setFrontier(r.frontier())
                    .setKnownStamp(r.knownStamp())
                    .setLagMs(r.lagMs())
                    .setRecords(r.records())));
    return message.build();
  }

  @Override
  public void createKey(CreateKeyRequest request, StreamObserver<CreateKeyResponse> out) {
    runner.write(
        out,
        call -> {
          KeyBody.Key wish =
              KeyBody.checked(
                  new KeyBody.Key(request.getName(), List.copyOf(request.getGrantsList())),
                  convert.checks());
          Collections.MadeKey made = collections.createKey(call.call(), wish.name(), wish.grants());
          return CreateKeyResponse.newBuilder()
              .setKey(key(made.key().key()))
              .setText(made.key().text())
              .setHlc(made.stamp())
              .setRequestId(call.call().requestId())
              .setSessionToken(call.token(convert.tokens().encode(made.stamp())))
              .build();
        });
  }

  @Override
  public void listKeys(ListKeysRequest request, StreamObserver<ListKeysResponse> out) {
    runner.read(
        out,
        call ->
            ListKeysResponse.newBuilder()
                .addAllKeys(collections.keys(call.call()).stream().map(MetaGrpc::key).toList())
                .build());
  }

  private static Key key(ApiKey key) {
    return Key.newBuilder()
        .setId(key.getId())
        .setName(key.getName())
        .addAllGrants(key.getGrantsList())
        .setCreatedMs(key.getCreatedMs())
        .build();
  }

  @Override
  public void revokeKey(RevokeKeyRequest request, StreamObserver<RevokeKeyResponse> out) {
    runner.write(
        out,
        call -> {
          long stamp = collections.revokeKey(call.call(), request.getId());
          return RevokeKeyResponse.newBuilder()
              .setHlc(stamp)
              .setRequestId(call.call().requestId())
              .setSessionToken(call.token(convert.tokens().encode(stamp)))
              .build();
        });
  }
}
