package io.vecraft.gateway.grpc;

import io.grpc.stub.StreamObserver;
import io.vecraft.gateway.call.CollectionWish;
import io.vecraft.gateway.call.Collections;
import io.vecraft.gateway.call.Reads;
import io.vecraft.proto.api.AlterCollectionRequest;
import io.vecraft.proto.api.CollectionDescription;
import io.vecraft.proto.api.CollectionResponse;
import io.vecraft.proto.api.CollectionServiceGrpc;
import io.vecraft.proto.api.CreateCollectionRequest;
import io.vecraft.proto.api.DropCollectionRequest;
import io.vecraft.proto.api.DropCollectionResponse;
import io.vecraft.proto.api.GetCollectionRequest;
import io.vecraft.proto.api.IndexSettings;
import io.vecraft.proto.api.ListCollectionsRequest;
import io.vecraft.proto.api.ListCollectionsResponse;
import io.vecraft.proto.api.ReplicaState;
import io.vecraft.proto.api.ShardState;
import io.vecraft.proto.journal.CollectionDefinition;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** {@code CollectionService}. */
final class CollectionGrpc extends CollectionServiceGrpc.CollectionServiceImplBase {
  private final GrpcRunner runner;
  private final Convert convert;
  private final Collections collections;
  private final Reads reads;

  CollectionGrpc(GrpcRunner runner, Convert convert, Collections collections, Reads reads) {
    this.runner = runner;
    this.convert = convert;
    this.collections = collections;
    this.reads = reads;
  }

  @Override
  public void createCollection(
      CreateCollectionRequest request, StreamObserver<CollectionResponse> out) {
    runner.write(
        out,
        call -> {
          String name = convert.checks().collection(request.getName(), "name");
          return changed(call, collections.create(call.call(), name, definition(request)));
        });
  }

  private CollectionWish definition(CreateCollectionRequest request) {
    var wish = new CollectionWish(convert.checks());
    if (request.getDimension() != 0) {
      wish.dimension(request.getDimension(), "dimension");
    }
    if (!request.getMetric().isEmpty()) {
      wish.metric(request.getMetric(), "metric");
    }
    if (request.getShards() != 0) {
      wish.shards(request.getShards(), "shards");
    }
    if (request.getReplicas() != 0) {
      wish.replicas(request.getReplicas(), "replicas");
    }
    if (!request.getPool().isEmpty()) {
      wish.pool(request.getPool(), "pool");
    }
    schema(request.getSchemaMap(), wish);
    if (request.getTimeTravelWindowS() != 0) {
      wish.timeTravelWindowS(request.getTimeTravelWindowS(), "time_travel_window_s");
    }
    IndexSettings index = request.getIndex();
    if (index.getM() != 0) {
      wish.m(index.getM(), "index.m");
    }
    if (index.getEfConstruction() != 0) {
      wish.efConstruction(index.getEfConstruction(), "index.ef_construction");
    }
    if (!index.getQuantization().isEmpty()) {
      wish.quantization(index.getQuantization(), "index.quantization");
    }
    if (request.hasEmbedding()) {
      wish.embedding(
          new String(Structs.json(request.getEmbedding(), "embedding"), StandardCharsets.UTF_8));
    }
    return wish;
  }

  private static void schema(Map<String, String> schema, CollectionWish wish) {
    schema.forEach((name, type) -> wish.schema(name, type, "schema." + name));
  }

  @Override
  public void alterCollection(
      AlterCollectionRequest request, StreamObserver<CollectionResponse> out) {
    runner.write(
        out,
        call -> {
          String name = convert.checks().collection(request.getName(), "name");
          var wish = new CollectionWish(convert.checks());
          schema(request.getSchemaMap(), wish);
          if (request.getTimeTravelWindowS() != 0) {
            wish.timeTravelWindowS(request.getTimeTravelWindowS(), "time_travel_window_s");
          }
          if (request.getEfConstruction() != 0) {
            wish.efConstruction(request.getEfConstruction(), "ef_construction");
          }
          if (request.getReplicas() != 0) {
            wish.replicas(request.getReplicas(), "replicas");
          }
          if (!request.getPool().isEmpty()) {
            wish.pool(request.getPool(), "pool");
          }
          return changed(call, collections.alter(call.call(), name, wish));
        });
  }

  private CollectionResponse changed(GrpcCall call, Collections.Changed done) {
    return CollectionResponse.newBuilder()
        .setCollection(description(done.description()))
        .setCreated(done.created())
        .setHlc(done.stamp())
        .setRequestId(call.call().requestId())
        .setSessionToken(call.token(convert.tokens().encode(done.stamp())))
        .build();
  }

  @Override
  public void getCollection(
      GetCollectionRequest request, StreamObserver<CollectionDescription> out) {
    runner.read(
        out,
        call ->
            description(
                reads.describe(
                    call.call(), convert.checks().collection(request.getName(), "name"))));
  }

  @Override
  public void listCollections(
      ListCollectionsRequest request, StreamObserver<ListCollectionsResponse> out) {
    runner.read(
        out,
        call ->
            ListCollectionsResponse.newBuilder()
                .addAllCollections(
                    reads.list(call.call()).stream().map(CollectionGrpc::description).toList())
                .build());
  }

  @Override
  public void dropCollection(
      DropCollectionRequest request, StreamObserver<DropCollectionResponse> out) {
    runner.write(
        out,
        call -> {
          String name = convert.checks().collection(request.getName(), "name");
          long stamp = collections.drop(call.call(), name);
          return DropCollectionResponse.newBuilder()
              .setName(name)
              .setHlc(stamp)
              .setRequestId(call.call().requestId())
              .setSessionToken(call.token(convert.tokens().encode(stamp)))
              .build();
        });
  }

  private static CollectionDescription description(
      io.vecraft.query.CollectionDescription description) {
    CollectionDefinition definition = description.state().getDefinition();
    var message =
        CollectionDescription.newBuilder()
            .setName(definition.getName())
            .setId(description.state().getId())
            .setDimension(definition.getDimension())
            .setMetric(definition.getMetric())
            .setShards(definition.getShards())
            .setReplicas(definition.getReplicas())
            .setPool(definition.getPool())
            .putAllSchema(definition.getSchemaMap())
            .setTimeTravelWindowS(definition.getTimeTravelWindowS())
            .setIndex(
                IndexSettings.newBuilder()
                    .setM(definition.getHnswM())
                    .setEfConstruction(definition.getHnswEfConstruction())
                    .setQuantization(definition.getQuantization()))
            .setOwner(definition.getOwner())
            .setCreated(description.state().getCreatedStamp())
            .setSchemaVersion(description.state().getSchemaStamp())
            .setRecords(description.records());
    if (!definition.getEmbeddingJson().isEmpty()) {
      message.setEmbedding(
          Structs.struct(definition.getEmbeddingJson().getBytes(StandardCharsets.UTF_8)));
    }
    description.shards().forEach(shard -> message.addShardStates(shard(shard)));
    return message.build();
  }

  private static ShardState shard(
      io.vecraft.query.CollectionDescription.ShardDescription description) {
    var shard =
        ShardState.newBuilder()
            .setShard(description.shard())
            .setPartition(description.partition())
            .setEpoch(description.epoch());
    description
        .replicas()
        .forEach(replica ->
            shard.addReplicas(
                ReplicaState.newBuilder()
                    .setNode(replica.node())
                    .setRecords(replica.records())
                    .setAppliedOffset(replica.appliedOffset())
                    .setFrontier(replica.frontier())
                    .setStalenessMs(replica.stalenessMs())
                    .setIndexedVectors(replica.vectorsIndexed())
                    .setNotIndexedVectors(replica.vectorsNotIndexed())
                    .setOffHeapBytes(replica.offHeapBytes())));
    return shard.build();
  }
}
