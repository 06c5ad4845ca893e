package io.vecraft.gateway.write;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.write.Appender.Outcome;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Operation;
import io.vecraft.query.ClusterAccess;
import io.vecraft.storage.read.OperationOutcome.Kind;
import io.vecraft.storage.read.ShardId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Writes the items of one request to one collection.
 *
 * <ol>
 *   <li>Check the items against the collection as it is known.
 *   <li>Group them by partition; one append each, side by side.
 *   <li>What was {@code moved} is certainly not applied: look again where it belongs, and repeat,
 *       shard by shard: of shards that came together from different partitions, each may know the
 *       request from another record, or not at all.
 *   <li>What depends on the state, or is to be applied before the answer, is waited for: a barrier,
 *       then the frontier of a replica (or of all), then the outcomes that it has decided.
 * </ol>
 */
final class BatchWriter {
  private final ClusterAccess cluster;
  private final Appender appender;
  private final CollectionRouter router;
  private final VersionLimit versions;
  private final OutcomeReader outcomes;

  BatchWriter(
      ClusterAccess cluster, Appender appender, CollectionRouter router, VersionLimit versions) {
    this.cluster = cluster;
    this.appender = appender;
    this.router = router;
    this.versions = versions;
    this.outcomes = new OutcomeReader(cluster);
  }

  /**
   * One request.
   *
   * @param context who writes
   * @param items with ids
   * @param list name of the list in the request, for messages
   * @param digest of the request
   * @param ack when to answer
   */
  record Request(
      WriteContext context,
      List<? extends WriteItem> items,
      String list,
      ByteString digest,
      Ack ack) {}

  /**
   * Items that go into one record of a partition: their positions in the request and their
   * operations.
   */
  private record Group(int partition, List<Integer> positions, List<Operation> operations) {}

  /** Where the pending items belong: groups by partition, or by shard. */
  private record Routed(CollectionState collection, Map<Integer, Group> groups) {}

  /** A group that is in the log. */
  private record Written(Group group, long stamp) {}

  WriteAnswer write(Request request, CollectionState collection) {
    var results = new ResultList(request.items());
    List<Written> written = append(request, collection, results);
    settle(request, written, results);
    return results.answer(request.context().sessionStamp());
  }

  private List<Written> append(Request request, CollectionState first, ResultList results) {
    var written = new ArrayList<Written>();
    List<Integer> pending = IntStream.range(0, request.items().size()).boxed().toList();
    CollectionState collection = first;
    for (int attempt = 1; ; attempt++) {
      try {
        if (attempt > 1) {
          collection =
              router.again(
                  request.context(), collection, shards(request, collection, pending), attempt);
        }
        Routed routed = route(request, collection, pending, attempt > 1);
        collection = routed.collection();
        if (attempt == 1) {
          checkVersions(request, routed);
        }
        Appender.requireTime(request.context().deadline());
        pending = send(request, routed, written, results);
      } catch (VecraftException e) {
        if (written.isEmpty() && results.untouched()) {
          throw e;
        }
        results.fail(pending, e);
        return written;
      }
      if (pending.isEmpty()) {
        return written;
      }
      if (MovedRetry.ends(attempt, collection, shards(request, collection, pending))) {
        results.fail(
            pending,
            new VecraftException(
                ErrorCode.UNAVAILABLE,
                "the shards of the collection keep moving; nothing was written"));
        return written;
      }
    }
  }

  private static Set<Integer> shards(
      Request request, CollectionState collection, List<Integer> positions) {
    var shards = new TreeSet<Integer>();
    positions.forEach(p ->
        shards.add(
            ShardHash.shardOf(
                request.items().get(p).id(), collection.getDefinition().getShards())));
    return shards;
  }

  private void checkVersions(Request request, Routed routed) {
    for (Group group : routed.groups().values()) {
      versions.check(
          request.context(),
          group.operations(),
          i -> request.list() + "[" + group.positions().get(i) + "]");
    }
  }

  private Routed route(
      Request request, CollectionState known, List<Integer> pending, boolean apart) {
    try {
      return grouped(request, known, pending, apart);
    } catch (VecraftException e) {
      // The definition that the items do not fit may be an old one.
      return grouped(request, router.newer(known).orElseThrow(() -> e), pending, apart);
    }
  }

  /** By partition, or by shard if they are to stay apart. */
  private static Routed grouped(
      Request request, CollectionState collection, List<Integer> pending, boolean apart) {
    var validation = new WriteValidation(collection.getDefinition());
    var groups = new TreeMap<Integer, Group>();
    for (int position : pending) {
      String field = request.list() + "[" + position + "]";
      Operation operation =
          Operations.of(collection, validation.checked(request.items().get(position), field));
      int partition = collection.getPlacements(operation.getShard()).getPartition();
      Group group =
          groups.computeIfAbsent(
              apart ? operation.getShard() : partition,
              unused -> new Group(partition, new ArrayList<>(), new ArrayList<>()));
      group.positions().add(position);
      group.operations().add(operation);
    }
    return new Routed(collection, groups);
  }

  /** Appends the groups; returns the positions that have to be routed again. */
  private List<Integer> send(
      Request request, Routed routed, List<Written> written, ResultList results) {
    Map<Group, CompletableFuture<AppendBatchResponse>> sent = new LinkedHashMap<>();
    for (Group group : routed.groups().values()) {
      Append append = append(request, routed.collection(), group);
      sent.put(group, appender.send(group.partition(), append));
    }
    var moved = new ArrayList<Integer>();
    sent.forEach((group, answer) -> {
      switch (Appender.await(answer, request.context().deadline())) {
        case Outcome.Journaled j -> written.add(new Written(group, j.stamp()));
        case Outcome.Failed(VecraftException error) -> {
          if (error.code() == ErrorCode.MOVED) {
            moved.addAll(group.positions());
          } else {
            results.fail(group.positions(), named(error, request, group));
          }
        }
      }
    });
    return moved.stream().sorted().toList();
  }

  private static Append append(Request request, CollectionState collection, Group group) {
    WriteContext context = request.context();
    long floor = Math.max(context.sessionStamp(), collection.getSchemaStamp());
    for (int position : group.positions()) {
      floor = Math.max(floor, request.items().get(position).condition().floor());
    }
    return Append.newBuilder()
        .setRequestId(context.requestId())
        .setRequestDigest(request.digest())
        .setPrincipal(context.principal())
        .setTraceId(context.traceId())
        .addAllOperations(group.operations())
        .setMinStamp(floor)
        .build();
  }

  /** The journal names the floor of the stamp; a client knows where that came from. */
  private static VecraftException named(VecraftException error, Request request, Group group) {
    if (error.code() != ErrorCode.STAMP_IN_FUTURE) {
      return error;
    }
    int worst = group.positions().getFirst();
    for (int position : group.positions()) {
      if (floor(request, position) > floor(request, worst)) {
        worst = position;
      }
    }
    boolean session = request.context().sessionStamp() >= floor(request, worst);
    String field = session ? "session_token" : request.list() + "[" + worst + "].if_version";
    long stamp = Math.max(request.context().sessionStamp(), floor(request, worst));
    return new VecraftException(error.code(), "stamp " + stamp + " is above the clock", field);
  }

  private static long floor(Request request, int position) {
    return request.items().get(position).condition().floor();
  }

  /** Fills in what became of the groups that are in the log. */
  private void settle(Request request, List<Written> written, ResultList results) {
    List<Written> waiting = new ArrayList<>();
    for (Written w : written) {
      boolean conditional = w.group().operations().stream().anyMatch(Operations::conditional);
      results.written(w.group().positions(), w.stamp());
      if (conditional || request.ack() == Ack.APPLIED) {
        waiting.add(w);
      }
    }
    if (waiting.isEmpty()) {
      return;
    }
    long barrier;
    try {
      var partitions = new TreeSet<Integer>();
      waiting.forEach(w -> partitions.add(w.group().partition()));
      barrier = cluster.barriers().sync(partitions, request.context().deadline()).stamp();
    } catch (VecraftException e) {
      waiting.forEach(w -> unknown(request, w, e, results));
      return;
    }
    for (Written w : waiting) {
      try {
        settle(request, w, barrier, results);
      } catch (VecraftException e) {
        unknown(request, w, e, results);
      }
    }
  }

  private void settle(Request request, Written w, long barrier, ResultList results) {
    List<Operation> operations = w.group().operations();
    if (request.ack() == Ack.APPLIED) {
      cluster.replicas().awaitCatalog(barrier, request.context().deadline());
      var shards = new TreeSet<ShardId>(ShardIds.ORDER);
      operations.forEach(operation -> shards.add(ShardIds.of(operation)));
      shards.forEach(
          shard -> cluster.replicas().awaitAll(shard, w.stamp(), request.context().deadline()));
    }
    if (operations.stream().noneMatch(Operations::conditional)) {
      return;
    }
    Map<Integer, Kind> kinds =
        outcomes.read(operations, w.stamp(), barrier, request.context().deadline());
    for (int i = 0; i < operations.size(); i++) {
      if (Operations.conditional(operations.get(i))) {
        results.decided(w.group().positions().get(i), w.stamp(), Optional.ofNullable(kinds.get(i)));
      }
    }
  }

  private static void unknown(
      Request request, Written w, VecraftException error, ResultList results) {
    for (int i = 0; i < w.group().operations().size(); i++) {
      if (request.ack() == Ack.APPLIED || Operations.conditional(w.group().operations().get(i))) {
        results.unknown(w.group().positions().get(i), w.stamp(), error);
      }
    }
  }
}
