package io.vecraft.storage.rpc;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.proto.storage.Hit;
import io.vecraft.proto.storage.Included;
import io.vecraft.proto.storage.OperationResult;
import io.vecraft.proto.storage.SearchParameters;
import io.vecraft.proto.storage.SearchResponse;
import io.vecraft.proto.storage.ShardRef;
import io.vecraft.proto.storage.StatsResponse;
import io.vecraft.proto.storage.StoredRecord;
import io.vecraft.proto.storage.StoredVersion;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchHits;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardStats;
import io.vecraft.storage.read.VersionView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What reads ask and answer, as messages. Arrays are shared with the messages, not copied: nobody
 * changes them. A message that cannot be is {@code invalid_argument}.
 */
public final class WireReads {
  private WireReads() {}

  static ShardRef toWire(ShardId shard) {
    return ShardRef.newBuilder()
        .setCollectionId(shard.collectionId())
        .setShard(shard.shard())
        .build();
  }

  static ShardId fromWire(ShardRef shard) {
    return new ShardId(shard.getCollectionId(), shard.getShard());
  }

  public static Included toWire(Include include) {
    return Included.newBuilder()
        .setMetadata(include.metadata())
        .setVector(include.vector())
        .build();
  }

  public static Include fromWire(Included include) {
    return new Include(include.getMetadata(), include.getVector());
  }

  public static SearchParameters toWire(SearchSpec search) {
    var wire =
        SearchParameters.newBuilder()
            .setVector(WireBytes.of(search.vector()))
            .setK(search.k())
            .setEf(search.ef())
            .setExact(search.exact())
            .setInclude(toWire(search.include()));
    search.filter().ifPresent(filter -> wire.setFilter(WireFilters.toWire(filter)));
    return wire.build();
  }

  public static SearchSpec fromWire(SearchParameters search) {
    return new SearchSpec(
        WireBytes.floats(search.getVector()),
        search.getK(),
        notNegative(search.getEf(), "ef"),
        search.getExact(),
        search.hasFilter()
            ? Optional.of(WireFilters.fromWire(search.getFilter()))
            : Optional.<Filter>empty(),
        fromWire(search.getInclude()));
  }

  public static StoredRecord toWire(RecordView record) {
    return StoredRecord.newBuilder()
        .setId(record.id())
        .setVersion(record.version())
        .setMetadata(WireBytes.of(record.metadata()))
        .setVector(WireBytes.of(record.vector()))
        .build();
  }

  public static RecordView fromWire(StoredRecord record) {
    return new RecordView(
        record.getId(),
        record.getVersion(),
        WireBytes.bytes(record.getMetadata()),
        WireBytes.floats(record.getVector()));
  }

  /** The records in their order. */
  public static List<RecordView> fromWire(List<StoredRecord> records) {
    var views = new ArrayList<RecordView>(records.size());
    records.forEach(record -> views.add(fromWire(record)));
    return views;
  }

  static SearchResponse.Builder toWire(SearchHits hits) {
    var wire =
        SearchResponse.newBuilder()
            .setExact(hits.exact())
            .setStrategy(hits.strategy())
            .setVisited(hits.visited());
    for (SearchHits.Hit hit : hits.hits()) {
      wire.addHits(
          Hit.newBuilder().setRecord(toWire(hit.record())).setDistance(hit.distance()).build());
    }
    return wire;
  }

  static SearchHits fromWire(SearchResponse response) {
    var hits = new ArrayList<SearchHits.Hit>(response.getHitsCount());
    for (Hit hit : response.getHitsList()) {
      hits.add(new SearchHits.Hit(fromWire(hit.getRecord()), hit.getDistance()));
    }
    return new SearchHits(hits, response.getExact(), response.getStrategy(), response.getVisited());
  }

  public static StoredVersion toWire(VersionView version) {
    return StoredVersion.newBuilder()
        .setVersion(version.version())
        .setKind(version.kind())
        .setRequestId(version.requestId())
        .setPrincipal(version.principal())
        .setMetadata(WireBytes.of(version.metadata()))
        .build();
  }

  public static VersionView fromWire(StoredVersion version) {
    return new VersionView(
        version.getVersion(),
        version.getKind(),
        version.getRequestId(),
        version.getPrincipal(),
        WireBytes.bytes(version.getMetadata()));
  }

  static OperationResult toWire(OperationOutcome outcome) {
    return OperationResult.newBuilder()
        .setOperation(outcome.operation())
        .setId(outcome.id())
        .setKind(
            switch (outcome.kind()) {
              case CREATED -> OperationResult.Kind.CREATED;
              case UPDATED -> OperationResult.Kind.UPDATED;
              case DELETED -> OperationResult.Kind.DELETED;
              case CONFLICT -> OperationResult.Kind.CONFLICT;
              case NOT_FOUND -> OperationResult.Kind.NOT_FOUND;
              case ABORTED -> OperationResult.Kind.ABORTED;
            })
        .build();
  }

  static OperationOutcome fromWire(OperationResult outcome) {
    return new OperationOutcome(
        outcome.getOperation(),
        outcome.getId(),
        switch (outcome.getKind()) {
          case CREATED -> OperationOutcome.Kind.CREATED;
          case UPDATED -> OperationOutcome.Kind.UPDATED;
          case DELETED -> OperationOutcome.Kind.DELETED;
          case CONFLICT -> OperationOutcome.Kind.CONFLICT;
          case NOT_FOUND -> OperationOutcome.Kind.NOT_FOUND;
          case ABORTED -> OperationOutcome.Kind.ABORTED;
          case KIND_UNSPECIFIED, UNRECOGNIZED ->
              throw new VecraftException(
                  ErrorCode.UNAVAILABLE, "a storage node answered with an unknown outcome");
        });
  }

  static StatsResponse toWire(ShardStats stats) {
    var wire =
        StatsResponse.newBuilder()
            .setRecords(stats.records())
            .setVectorsIndexed(stats.vectorsIndexed())
            .setVectorsNotIndexed(stats.vectorsNotIndexed())
            .setFrontier(stats.frontier())
            .setAppliedOffset(stats.appliedOffset())
            .setOffHeapBytes(stats.offHeapBytes());
    stats.damage().ifPresent(wire::setDamage);
    return wire.build();
  }

  static ShardStats fromWire(StatsResponse stats) {
    return new ShardStats(
        stats.getRecords(),
        stats.getVectorsIndexed(),
        stats.getVectorsNotIndexed(),
        stats.getFrontier(),
        stats.getAppliedOffset(),
        stats.getOffHeapBytes(),
        stats.hasDamage() ? Optional.of(stats.getDamage()) : Optional.empty());
  }

  /** An unsigned number of a message that Java reads as negative is out of range. */
  static int notNegative(int number, String field) {
    if (number < 0) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, field + " is larger than " + Integer.MAX_VALUE, field);
    }
    return number;
  }
}
