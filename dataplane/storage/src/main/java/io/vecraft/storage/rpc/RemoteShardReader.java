package io.vecraft.storage.rpc;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.storage.AtRequest;
import io.vecraft.proto.storage.AwaitFrontierRequest;
import io.vecraft.proto.storage.CountRequest;
import io.vecraft.proto.storage.GetRequest;
import io.vecraft.proto.storage.HistoryRequest;
import io.vecraft.proto.storage.HistoryResponse;
import io.vecraft.proto.storage.NumberResponse;
import io.vecraft.proto.storage.OutcomesResponse;
import io.vecraft.proto.storage.RecordsResponse;
import io.vecraft.proto.storage.ScrollRequest;
import io.vecraft.proto.storage.SearchRequest;
import io.vecraft.proto.storage.SearchResponse;
import io.vecraft.proto.storage.ShardRef;
import io.vecraft.proto.storage.StatsRequest;
import io.vecraft.proto.storage.StorageServiceGrpc;
import io.vecraft.proto.storage.VersionsRequest;
import io.vecraft.proto.storage.VersionsResponse;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchHits;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.ShardStats;
import io.vecraft.storage.read.VersionView;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A replica of a storage node in another process. Calls block; interrupting the caller ends them.
 * What is known from the watch is answered without a call.
 */
final class RemoteShardReader implements ShardReader {
  private final RemoteStorageNode node;
  private final RemoteReplica replica;
  private final ShardRef shard;
  private final Optional<Deadline> due;

  RemoteShardReader(RemoteStorageNode node, RemoteReplica replica) {
    this(node, replica, WireReads.toWire(replica.id()), Optional.empty());
  }

  private RemoteShardReader(
      RemoteStorageNode node, RemoteReplica replica, ShardRef shard, Optional<Deadline> due) {
    this.node = node;
    this.replica = replica;
    this.shard = shard;
    this.due = due;
  }

  RemoteReplica replica() {
    return replica;
  }

  @Override
  public ShardReader within(Deadline deadline) {
    return new RemoteShardReader(node, replica, shard, Optional.of(deadline));
  }

  /** When a call without a deadline of its own is due. */
  private Deadline due() {
    return due.orElseGet(node::callDeadline);
  }

  @Override
  public ShardId shard() {
    return replica.id();
  }

  @Override
  public String node() {
    return node.name();
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public long frontier() {
    return replica.frontier();
  }

  @Override
  public long safePoint() {
    return replica.safePoint();
  }

  @Override
  public long knownStamp() {
    return replica.knownStamp();
  }

  @Override
  public void awaitFrontier(long stamp, Deadline deadline) {
    if (frontier() >= stamp) {
      return;
    }
    var answer =
        node.call(
            replica,
            StorageServiceGrpc.getAwaitFrontierMethod(),
            AwaitFrontierRequest.newBuilder().setShard(shard).setStamp(stamp).build(),
            deadline);
    replica.answered(answer.getPosition(), answer.getPosition().getFrontier());
    if (frontier() < stamp) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "storage node " + node.name() + " has started again");
    }
  }

  @Override
  public SearchHits search(SearchSpec search, long asOf, Deadline deadline) {
    SearchResponse answer =
        node.call(
            replica,
            StorageServiceGrpc.getSearchMethod(),
            SearchRequest.newBuilder()
                .setShard(shard)
                .setAsOf(asOf)
                .setSearch(WireReads.toWire(search))
                .build(),
            deadline);
    replica.answered(answer.getPosition(), asOf);
    return WireReads.fromWire(answer);
  }

  @Override
  public List<RecordView> get(List<String> ids, long asOf, Include include) {
    return records(
        node.call(
            replica,
            StorageServiceGrpc.getGetMethod(),
            GetRequest.newBuilder()
                .setShard(shard)
                .setAsOf(asOf)
                .addAllIds(ids)
                .setInclude(WireReads.toWire(include))
                .build(),
            due()),
        asOf);
  }

  @Override
  public List<RecordView> scroll(
      Optional<Filter> filter, Optional<String> afterId, int limit, long asOf, Include include) {
    var request =
        ScrollRequest.newBuilder()
            .setShard(shard)
            .setAsOf(asOf)
            .setLimit(limit)
            .setInclude(WireReads.toWire(include));
    filter.ifPresent(f -> request.setFilter(WireFilters.toWire(f)));
    afterId.ifPresent(request::setAfterId);
    return records(
        node.call(replica, StorageServiceGrpc.getScrollMethod(), request.build(), due()), asOf);
  }

  private List<RecordView> records(RecordsResponse answer, long asOf) {
    replica.answered(answer.getPosition(), asOf);
    return WireReads.fromWire(answer.getRecordsList());
  }

  @Override
  public long count(Optional<Filter> filter, long asOf) {
    var request = CountRequest.newBuilder().setShard(shard).setAsOf(asOf);
    filter.ifPresent(f -> request.setFilter(WireFilters.toWire(f)));
    return number(
        node.call(replica, StorageServiceGrpc.getCountMethod(), request.build(), due()), asOf);
  }

  private long number(NumberResponse answer, long asOf) {
    replica.answered(answer.getPosition(), asOf);
    return answer.getNumber();
  }

  @Override
  public List<VersionView> history(String id, long beforeStamp, int limit) {
    HistoryResponse answer =
        node.call(
            replica,
            StorageServiceGrpc.getHistoryMethod(),
            HistoryRequest.newBuilder()
                .setShard(shard)
                .setId(id)
                .setBeforeStamp(beforeStamp)
                .setLimit(limit)
                .build(),
            due());
    replica.answered(answer.getPosition(), beforeStamp - 1);
    return answer.getVersionsList().stream().map(WireReads::fromWire).toList();
  }

  @Override
  public OptionalInt firstWithVersions(List<String> ids, int versions) {
    VersionsRequest request =
        VersionsRequest.newBuilder().setShard(shard).addAllIds(ids).setVersions(versions).build();
    VersionsResponse answer =
        node.call(replica, StorageServiceGrpc.getVersionsMethod(), request, due());
    replica.answered(answer.getPosition(), 0);
    return answer.hasFirst() ? OptionalInt.of(answer.getFirst()) : OptionalInt.empty();
  }

  @Override
  public long operationsApplied(long asOf) {
    OptionalLong known = replica.operations().at(asOf);
    return known.isPresent()
        ? known.getAsLong()
        : number(
            node.call(replica, StorageServiceGrpc.getOperationsAppliedMethod(), at(asOf), due()),
            asOf);
  }

  @Override
  public OptionalLong operationsAppliedIfKnown(long asOf) {
    return replica.operations().at(asOf);
  }

  private AtRequest at(long stamp) {
    return AtRequest.newBuilder().setShard(shard).setStamp(stamp).build();
  }

  @Override
  public Optional<List<OperationOutcome>> outcomes(long stamp) {
    OutcomesResponse answer =
        node.call(replica, StorageServiceGrpc.getOutcomesMethod(), at(stamp), due());
    return answer.getKnown()
        ? Optional.of(answer.getOutcomesList().stream().map(WireReads::fromWire).toList())
        : Optional.empty();
  }

  @Override
  public long checksum(long asOf) {
    return number(
        node.call(replica, StorageServiceGrpc.getChecksumMethod(), at(asOf), due()), asOf);
  }

  @Override
  public Pin pin(long stamp) {
    return node.pin(replica, stamp, due());
  }

  @Override
  public ShardStats stats() {
    return WireReads.fromWire(
        node.call(
            replica,
            StorageServiceGrpc.getStatsMethod(),
            StatsRequest.newBuilder().setShard(shard).build(),
            due()));
  }

  @Override
  public String toString() {
    return "shard %d of collection %d on %s"
        .formatted(shard().shard(), shard().collectionId(), node());
  }
}
