package io.vecraft.query.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.query.ChecksumsResult;
import io.vecraft.proto.query.Consistency;
import io.vecraft.proto.query.CountResult;
import io.vecraft.proto.query.Description;
import io.vecraft.proto.query.GetResult;
import io.vecraft.proto.query.HistoryResult;
import io.vecraft.proto.query.ScoredRecord;
import io.vecraft.proto.query.ScrollResult;
import io.vecraft.proto.query.SearchResult;
import io.vecraft.query.ChecksumAnswer;
import io.vecraft.query.CollectionDescription;
import io.vecraft.query.CollectionDescription.ReplicaDescription;
import io.vecraft.query.CollectionDescription.ShardDescription;
import io.vecraft.query.ConsistencyInfo;
import io.vecraft.query.CountAnswer;
import io.vecraft.query.GetAnswer;
import io.vecraft.query.HistoryAnswer;
import io.vecraft.query.ScrollAnswer;
import io.vecraft.query.SearchAnswer;
import io.vecraft.query.SearchAnswer.ScoredHit;
import io.vecraft.query.SearchInfo;
import io.vecraft.storage.rpc.WireReads;
import java.util.ArrayList;
import java.util.Optional;

/** Answers of reads as messages. */
final class WireAnswers {
  private WireAnswers() {}

  private static Consistency toWire(ConsistencyInfo info) {
    return Consistency.newBuilder()
        .setRequested(WireQueries.toWire(info.levelRequested()))
        .setAchieved(WireQueries.toWire(info.levelAchieved()))
        .setAsOf(info.asOf())
        .setSessionStamp(info.sessionStamp())
        .setStalenessMs(info.stalenessMs())
        .setMaxAllowedStalenessMs(info.maxAllowedStalenessMs())
        .setIndexVersion(info.indexVersion())
        .setCacheHit(info.cacheHit())
        .setSyncPerformed(info.syncPerformed())
        .setShardsAnswered(info.shardsAnswered())
        .setShardsTotal(info.shardsTotal())
        .build();
  }

  private static ConsistencyInfo fromWire(Consistency info) {
    return new ConsistencyInfo(
        WireQueries.fromWire(info.getRequested()),
        WireQueries.fromWire(info.getAchieved()),
        info.getAsOf(),
        info.getSessionStamp(),
        info.getStalenessMs(),
        info.getMaxAllowedStalenessMs(),
        info.getIndexVersion(),
        info.getCacheHit(),
        info.getSyncPerformed(),
        info.getShardsAnswered(),
        info.getShardsTotal());
  }

  static SearchResult toWire(SearchAnswer answer) {
    var wire =
        SearchResult.newBuilder()
            .setConsistency(toWire(answer.consistency()))
            .setExact(answer.info().exact())
            .setStrategy(answer.info().strategy())
            .setVisited(answer.info().visited())
            .setTookMicros(answer.info().tookMicros());
    for (ScoredHit hit : answer.hits()) {
      wire.addHits(
          ScoredRecord.newBuilder()
              .setRecord(WireReads.toWire(hit.record()))
              .setScore(hit.score())
              .setDistance(hit.distance())
              .build());
    }
    return wire.build();
  }

  static SearchAnswer fromWire(SearchResult answer) {
    var hits = new ArrayList<ScoredHit>(answer.getHitsCount());
    for (ScoredRecord hit : answer.getHitsList()) {
      hits.add(
          new ScoredHit(WireReads.fromWire(hit.getRecord()), hit.getScore(), hit.getDistance()));
    }
    return new SearchAnswer(
        hits,
        fromWire(answer.getConsistency()),
        new SearchInfo(
            answer.getExact(), answer.getStrategy(), answer.getVisited(), answer.getTookMicros()));
  }

  static GetResult toWire(GetAnswer answer) {
    var wire =
        GetResult.newBuilder()
            .addAllMissing(answer.missing())
            .setConsistency(toWire(answer.consistency()));
    answer.records().forEach(record -> wire.addRecords(WireReads.toWire(record)));
    return wire.build();
  }

  static GetAnswer fromWire(GetResult answer) {
    return new GetAnswer(
        WireReads.fromWire(answer.getRecordsList()),
        answer.getMissingList(),
        fromWire(answer.getConsistency()));
  }

  static ScrollResult toWire(ScrollAnswer answer) {
    var wire = ScrollResult.newBuilder().setConsistency(toWire(answer.consistency()));
    answer.records().forEach(record -> wire.addRecords(WireReads.toWire(record)));
    answer.cursor().ifPresent(wire::setCursor);
    return wire.build();
  }

  static ScrollAnswer fromWire(ScrollResult answer) {
    return new ScrollAnswer(
        WireReads.fromWire(answer.getRecordsList()),
        answer.hasCursor() ? Optional.of(answer.getCursor()) : Optional.empty(),
        fromWire(answer.getConsistency()));
  }

  static CountResult toWire(CountAnswer answer) {
    return CountResult.newBuilder()
        .setCount(answer.count())
        .setConsistency(toWire(answer.consistency()))
        .build();
  }

  static CountAnswer fromWire(CountResult answer) {
    return new CountAnswer(answer.getCount(), fromWire(answer.getConsistency()));
  }

  static HistoryResult toWire(HistoryAnswer answer) {
    var wire = HistoryResult.newBuilder().setConsistency(toWire(answer.consistency()));
    answer.versions().forEach(version -> wire.addVersions(WireReads.toWire(version)));
    answer.cursor().ifPresent(wire::setCursor);
    return wire.build();
  }

  static HistoryAnswer fromWire(HistoryResult answer) {
    return new HistoryAnswer(
        answer.getVersionsList().stream().map(WireReads::fromWire).toList(),
        answer.hasCursor() ? Optional.of(answer.getCursor()) : Optional.empty(),
        fromWire(answer.getConsistency()));
  }

  static ChecksumsResult toWire(ChecksumAnswer answer) {
    var wire = ChecksumsResult.newBuilder().setConsistency(toWire(answer.consistency()));
    for (ChecksumAnswer.Shard shard : answer.shards()) {
      var replicas = ChecksumsResult.Shard.newBuilder().setShard(shard.shard());
      for (ChecksumAnswer.Replica replica : shard.replicas()) {
        var r =
            ChecksumsResult.Replica.newBuilder()
                .setNode(replica.node())
                .setProblem(replica.problem());
        replica.checksum().ifPresent(r::setChecksum);
        replicas.addReplicas(r);
      }
      wire.addShards(replicas);
    }
    return wire.build();
  }

  static ChecksumAnswer fromWire(ChecksumsResult answer) {
    return new ChecksumAnswer(
        answer.getShardsList().stream()
            .map(shard ->
                new ChecksumAnswer.Shard(
                    shard.getShard(),
                    shard.getReplicasList().stream().map(WireAnswers::fromWire).toList()))
            .toList(),
        fromWire(answer.getConsistency()));
  }

  private static ChecksumAnswer.Replica fromWire(ChecksumsResult.Replica replica) {
    return new ChecksumAnswer.Replica(
        replica.getNode(),
        replica.hasChecksum() ? Optional.of(replica.getChecksum()) : Optional.empty(),
        replica.getProblem());
  }

  static Description toWire(CollectionDescription description) {
    var wire =
        Description.newBuilder()
            .setState(description.state().toByteString())
            .setRecords(description.records());
    for (ShardDescription shard : description.shards()) {
      var s =
          Description.Shard.newBuilder()
              .setShard(shard.shard())
              .setPartition(shard.partition())
              .setEpoch(shard.epoch());
      for (ReplicaDescription replica : shard.replicas()) {
        s.addReplicas(
            Description.Replica.newBuilder()
                .setNode(replica.node())
                .setRecords(replica.records())
                .setAppliedOffset(replica.appliedOffset())
                .setFrontier(replica.frontier())
                .setStalenessMs(replica.stalenessMs())
                .setVectorsIndexed(replica.vectorsIndexed())
                .setVectorsNotIndexed(replica.vectorsNotIndexed())
                .setOffHeapBytes(replica.offHeapBytes()));
      }
      wire.addShards(s);
    }
    return wire.build();
  }

  static CollectionDescription fromWire(Description description) {
    try {
      return new CollectionDescription(
          CollectionState.parseFrom(description.getState()),
          description.getRecords(),
          description.getShardsList().stream()
              .map(shard ->
                  new ShardDescription(
                      shard.getShard(),
                      shard.getPartition(),
                      shard.getEpoch(),
                      shard.getReplicasList().stream().map(WireAnswers::fromWire).toList()))
              .toList());
    } catch (InvalidProtocolBufferException e) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "the description of a collection cannot be read");
    }
  }

  private static ReplicaDescription fromWire(Description.Replica replica) {
    return new ReplicaDescription(
        replica.getNode(),
        replica.getRecords(),
        replica.getAppliedOffset(),
        replica.getFrontier(),
        replica.getStalenessMs(),
        replica.getVectorsIndexed(),
        replica.getVectorsNotIndexed(),
        replica.getOffHeapBytes());
  }
}
