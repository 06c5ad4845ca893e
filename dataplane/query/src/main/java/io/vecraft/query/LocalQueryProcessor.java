package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.journal.time.Deadline;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.query.CollectionDescription.ReplicaDescription;
import io.vecraft.query.CollectionDescription.ShardDescription;
import io.vecraft.query.ReadPlanner.ShardChoice;
import io.vecraft.query.SearchAnswer.ScoredHit;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchHits;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.ShardStats;
import io.vecraft.storage.read.VersionView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The query processor of this process, over storage nodes here or in other processes.
 *
 * <p>Every read is a plan (a stamp, and a replica of each shard that has reached it), then a part
 * of each shard, then the merge. What is eventual or fresh enough runs without waiting and without
 * changing threads.
 */
public final class LocalQueryProcessor implements QueryProcessor, AutoCloseable {
  /** The collection that inserts without a name go to. */
  public static final String DEFAULT_COLLECTION = "default";

  /** A replica that stands still does not hold a scroll up: it is left without a pin. */
  private static final long PIN_MILLIS = 500;

  /** Nor a description: it is left out. */
  private static final long STATS_MILLIS = 2_000;

  private static final Comparator<ScoredHit> NEAREST_FIRST =
      Comparator.comparingDouble(ScoredHit::distance).thenComparing(h -> h.record().id());

  private final ClusterAccess cluster;
  private final ReadPlanner planner;
  private final ShardReads reads;
  private final ResultCache cache;
  private final ScrollPins pins;
  private final ReplicaChecksums checksums;

  public LocalQueryProcessor(QueryConfig config, ClusterAccess cluster) {
    this.cluster = cluster;
    this.planner = new ReadPlanner(cluster);
    this.reads = new ShardReads(cluster.replicas());
    this.cache = new ResultCache(config.cacheBytes());
    this.pins = new ScrollPins(config);
    this.checksums = new ReplicaChecksums(cluster.replicas());
  }

  @Override
  public boolean answersAtOnce(String collection, ReadOptions options) {
    try {
      return planner.atOnce(collection, options, ShardChoice.ALL, System.nanoTime()).isPresent();
    } catch (VecraftException e) {
      return true;
    }
  }

  @Override
  public SearchAnswer search(SearchRequestSpec request) {
    long started = System.nanoTime();
    ReadPlan plan;
    try {
      plan = planner.plan(request.collection(), request.options(), ShardChoice.ALL);
    } catch (VecraftException e) {
      if (e.code() == ErrorCode.COLLECTION_NOT_FOUND
          && request.collection().equals(DEFAULT_COLLECTION)) {
        return nothing(request.options(), started);
      }
      throw e;
    }
    VectorChecks.check(request.search().vector(), plan.collection().getDefinition(), "vector");
    if (request.search().k() < 1) {
      throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "k must be 1 or more", "k");
    }
    return searched(request, plan, started);
  }

  private SearchAnswer nothing(ReadOptions options, long started) {
    long asOf = options.asOf().orElse(Math.max(1, cluster.clock().latest()));
    var consistency =
        new ConsistencyInfo(
            options.level(),
            options.level(),
            asOf,
            Math.max(asOf, options.sessionStamp()),
            0,
            options.maxStalenessMs(),
            0,
            false,
            true,
            0,
            0);
    return new SearchAnswer(
        List.of(), consistency, new SearchInfo(true, "none", 0, micros(started)));
  }

  private SearchAnswer searched(SearchRequestSpec request, ReadPlan plan, long started) {
    Optional<ResultCache.Key> key = known(plan).map(applied -> key(request, plan, applied));
    Optional<ResultCache.Result> cached = key.flatMap(cache::get);
    if (cached.isPresent()) {
      ResultCache.Key k = key.orElseThrow();
      ConsistencyInfo info =
          info(plan, request.options(), k.operationsApplied(), plan.targets().size(), true);
      return answer(cached.get(), info, started);
    }
    String metric = plan.collection().getDefinition().getMetric();
    ShardReads.Parts<SearchHits> parts =
        reads.run(
            plan,
            request.options(),
            request.search().exact() ? PartKind.EXACT_SEARCH : PartKind.SEARCH,
            (target, reader) ->
                reader.search(request.search(), plan.asOf(), request.options().deadline()));
    ResultCache.Result result = merge(request, metric, parts.parts());
    if (cache.enabled() && parts.parts().size() == plan.shardsTotal()) {
      long[] applied = parts.applied().stream().mapToLong(Long::longValue).toArray();
      cache.put(key(request, plan, applied), result);
    }
    return answer(
        result,
        info(plan, request.options(), parts.indexVersion(), parts.parts().size(), false),
        started);
  }

  private static SearchAnswer answer(
      ResultCache.Result result, ConsistencyInfo consistency, long started) {
    return new SearchAnswer(
        result.hits(),
        consistency,
        new SearchInfo(result.exact(), result.strategy(), result.visited(), micros(started)));
  }

  /**
   * Operations applied by shard, for the cache: empty when that is not known of every shard without
   * asking another process, which would cost what the cache saves.
   */
  private Optional<long[]> known(ReadPlan plan) {
    if (!cache.enabled() || plan.targets().size() < plan.shardsTotal()) {
      return Optional.empty();
    }
    long[] applied = new long[plan.targets().size()];
    try {
      for (int i = 0; i < applied.length; i++) {
        OptionalLong count = plan.targets().get(i).reader().operationsAppliedIfKnown(plan.asOf());
        if (count.isEmpty()) {
          return Optional.empty();
        }
        applied[i] = count.getAsLong();
      }
    } catch (VecraftException e) {
      return Optional.empty();
    }
    return Optional.of(applied);
  }

  private static ResultCache.Key key(SearchRequestSpec request, ReadPlan plan, long[] applied) {
    return new ResultCache.Key(
        plan.collection().getId(),
        plan.collection().getSchemaStamp(),
        request.search(),
        request.scoreThreshold(),
        applied);
  }

  private static ResultCache.Result merge(
      SearchRequestSpec request, String metric, List<SearchHits> shards) {
    var hits = new ArrayList<ScoredHit>();
    float threshold = request.scoreThreshold().orElse(Float.NEGATIVE_INFINITY);
    boolean exact = true;
    long visited = 0;
    for (SearchHits shard : shards) {
      exact &= shard.exact();
      visited += shard.visited();
      for (SearchHits.Hit hit : shard.hits()) {
        float score = score(metric, hit.distance());
        if (score >= threshold) {
          hits.add(new ScoredHit(hit.record(), score, hit.distance()));
        }
      }
    }
    if (shards.size() > 1) {
      hits.sort(NEAREST_FIRST);
    }
    int k = request.search().k();
    List<ScoredHit> nearest = List.copyOf(hits.size() > k ? hits.subList(0, k) : hits);
    String strategy =
        shards.stream()
            .map(SearchHits::strategy)
            .distinct()
            .sorted()
            .collect(Collectors.joining("+"));
    return new ResultCache.Result(nearest, exact, strategy, visited);
  }

  static float score(String metric, float distance) {
    return switch (metric) {
      case "cosine" -> 1 - distance;
      case "dot" -> -distance;
      default -> 1 / (1 + distance);
    };
  }

  @Override
  public GetAnswer get(GetRequestSpec request) {
    ReadPlan plan =
        planner.plan(
            request.collection(),
            request.options(),
            collection -> {
              var shards = new HashSet<Integer>();
              int total = collection.getPlacementsCount();
              request.ids().forEach(id -> shards.add(ShardHash.shardOf(id, total)));
              return shards::contains;
            });
    int total = plan.collection().getPlacementsCount();
    Map<Integer, List<String>> idsByShard =
        request.ids().stream().collect(Collectors.groupingBy(id -> ShardHash.shardOf(id, total)));
    record Part(List<String> asked, List<RecordView> found) {}
    ShardReads.Parts<Part> parts =
        reads.run(
            plan,
            request.options(),
            PartKind.GET,
            (target, reader) -> {
              List<String> asked = idsByShard.getOrDefault(target.id().shard(), List.of());
              return new Part(asked, reader.get(asked, plan.asOf(), request.include()));
            });
    var found = new HashMap<String, RecordView>();
    var asked = new HashSet<String>();
    for (Part part : parts.parts()) {
      asked.addAll(part.asked());
      part.found().forEach(r -> found.put(r.id(), r));
    }
    var records = new ArrayList<RecordView>(found.size());
    var missing = new ArrayList<String>();
    for (String id : request.ids()) {
      RecordView record = found.get(id);
      if (record != null) {
        records.add(record);
      } else if (asked.contains(id)) {
        missing.add(id);
      }
    }
    return new GetAnswer(
        records,
        missing,
        info(plan, request.options(), parts.indexVersion(), parts.parts().size(), false));
  }

  @Override
  public CountAnswer count(CountRequestSpec request) {
    ReadPlan plan = planner.plan(request.collection(), request.options(), ShardChoice.ALL);
    ShardReads.Parts<Long> parts =
        reads.run(
            plan,
            request.options(),
            PartKind.COUNT,
            (target, reader) -> reader.count(request.filter(), plan.asOf()));
    long count = parts.parts().stream().mapToLong(Long::longValue).sum();
    return new CountAnswer(
        count, info(plan, request.options(), parts.indexVersion(), parts.parts().size(), false));
  }

  @Override
  public ChecksumAnswer checksums(ChecksumRequestSpec request) {
    ReadOptions options = whole(request.options());
    ReadPlan plan = planner.plan(request.collection(), options, ShardChoice.ALL);
    List<ChecksumAnswer.Shard> shards = checksums.of(plan, options);
    long indexVersion = reads.indexVersion(plan, options.deadline());
    return new ChecksumAnswer(shards, info(plan, options, indexVersion, shards.size(), false));
  }

  @Override
  public HistoryAnswer history(HistoryRequestSpec request) {
    long before = request.cursor().map(LocalQueryProcessor::stampOf).orElse(Stamp.INFINITY);
    ReadPlan plan =
        planner.plan(
            request.collection(),
            request.options(),
            collection -> {
              int shard = ShardHash.shardOf(request.id(), collection.getPlacementsCount());
              return candidate -> candidate == shard;
            });
    long bound = Math.min(before, plan.asOf() + 1);
    ShardReads.Parts<List<VersionView>> parts =
        reads.run(
            plan,
            request.options(),
            PartKind.HISTORY,
            (target, reader) -> reader.history(request.id(), bound, request.limit() + 1));
    List<VersionView> versions = parts.parts().getFirst();
    if (versions.isEmpty() && request.cursor().isEmpty()) {
      throw new VecraftException(
          ErrorCode.RECORD_NOT_FOUND,
          "collection %s has no history of record %s".formatted(request.collection(), request.id()),
          "id");
    }
    Optional<String> cursor = Optional.empty();
    if (versions.size() > request.limit()) {
      versions = versions.subList(0, request.limit());
      cursor = Optional.of(Long.toString(versions.getLast().version()));
    }
    return new HistoryAnswer(
        versions, cursor, info(plan, request.options(), parts.indexVersion(), 1, false));
  }

  private static long stampOf(String cursor) {
    try {
      long stamp = Long.parseLong(cursor);
      if (stamp > 0) {
        return stamp;
      }
    } catch (NumberFormatException e) {
      throw invalidHistoryCursor();
    }
    throw invalidHistoryCursor();
  }

  private static VecraftException invalidHistoryCursor() {
    return new VecraftException(
        ErrorCode.INVALID_ARGUMENT, "the cursor is not one of a history", "cursor");
  }

  @Override
  public ScrollAnswer scroll(ScrollRequestSpec request) {
    return request.cursor().isEmpty()
        ? firstPage(request)
        : nextPage(request, ScrollCursor.decode(request.cursor().get()));
  }

  private ScrollAnswer firstPage(ScrollRequestSpec request) {
    ReadPlan plan = planner.plan(request.collection(), whole(request.options()), ShardChoice.ALL);
    long filter = ScrollCursor.digest(request.filter());
    var start = new ScrollCursor(plan.collection().getId(), plan.asOf(), 0, filter, 0, "");
    long name = pins.open(replicas(plan, request.options().deadline()), plan.asOf());
    return page(request, plan, start, name);
  }

  private ScrollAnswer nextPage(ScrollRequestSpec request, ScrollCursor cursor) {
    ReadOptions options = ReadOptions.asOf(cursor.asOf(), request.options().deadline());
    ReadPlan plan = planner.plan(request.collection(), options, ShardChoice.ALL);
    if (plan.collection().getId() != cursor.collectionId()
        || cursor.filterDigest() != ScrollCursor.digest(request.filter())
        || cursor.shard() < 0
        || cursor.shard() >= plan.targets().size()) {
      throw ScrollCursor.invalid();
    }
    long name =
        pins.touch(cursor.pins())
            ? cursor.pins()
            : pins.open(replicas(plan, options.deadline()), plan.asOf());
    return page(request, plan, cursor, name);
  }

  /**
   * A scroll is never partial: a missing shard would go unnoticed on later pages. Nor is a
   * comparison of replicas.
   */
  private static ReadOptions whole(ReadOptions o) {
    return new ReadOptions(
        o.level(),
        o.maxStalenessMs(),
        o.minRequiredStamp(),
        o.sessionStamp(),
        o.asOf(),
        false,
        o.deadline());
  }

  private List<List<ShardReader>> replicas(ReadPlan plan, Deadline deadline) {
    Deadline due = soonest(deadline, PIN_MILLIS);
    return plan.targets().stream()
        .map(t ->
            cluster.replicas().of(t.id()).stream()
                .filter(r -> r.safePoint() <= plan.asOf())
                .map(r -> r.within(due))
                .toList())
        .toList();
  }

  private static Deadline soonest(Deadline deadline, long millis) {
    Deadline soon = Deadline.afterMillis(millis);
    return soon.nanos() - deadline.nanos() < 0 ? soon : deadline;
  }

  private ScrollAnswer page(
      ScrollRequestSpec request, ReadPlan plan, ScrollCursor from, long pinsName) {
    var records = new ArrayList<RecordView>();
    int shard = from.shard();
    String after = from.afterId();
    try {
      while (shard < plan.targets().size() && records.size() < request.limit()) {
        request.options().deadline().check("reading a page");
        int wanted = request.limit() - records.size();
        Optional<String> afterId = after.isEmpty() ? Optional.empty() : Optional.of(after);
        List<RecordView> page =
            reads.read(
                plan,
                plan.targets().get(shard),
                PartKind.PAGE,
                request.options().deadline(),
                r -> r.scroll(request.filter(), afterId, wanted, plan.asOf(), request.include()));
        records.addAll(page);
        if (page.size() < wanted) {
          shard++;
          after = "";
        } else {
          after = page.getLast().id();
        }
      }
    } catch (RuntimeException e) {
      if (from.pins() == 0) {
        pins.drop(pinsName);
      }
      throw e;
    }
    Optional<String> cursor = Optional.empty();
    if (shard < plan.targets().size()) {
      cursor =
          Optional.of(
              new ScrollCursor(
                      from.collectionId(), from.asOf(), pinsName, from.filterDigest(), shard, after)
                  .encode());
    } else {
      pins.drop(pinsName);
    }
    long indexVersion = reads.indexVersion(plan, request.options().deadline());
    int shards = plan.targets().size();
    return new ScrollAnswer(
        records, cursor, info(plan, request.options(), indexVersion, shards, false));
  }

  private ConsistencyInfo info(
      ReadPlan plan, ReadOptions options, long indexVersion, int answered, boolean cacheHit) {
    boolean bounded = options.level() == ConsistencyLevel.BOUNDED;
    return new ConsistencyInfo(
        options.level(),
        options.level(),
        plan.asOf(),
        Math.max(plan.asOf(), options.sessionStamp()),
        TimeUnit.NANOSECONDS.toMillis(plan.stalenessNanos()),
        bounded ? options.maxStalenessMs() : 0,
        indexVersion,
        cacheHit,
        plan.synced(),
        answered,
        plan.shardsTotal());
  }

  @Override
  public CollectionDescription describe(String collection) {
    Optional<CollectionState> known = cluster.catalogs().current().collection(collection);
    return description(
        known.orElseGet(() -> cluster.catalogs().refresh().requireCollection(collection)));
  }

  @Override
  public List<CollectionDescription> list() {
    Catalog catalog = cluster.catalogs().refresh();
    return catalog.collections().stream().map(this::description).toList();
  }

  private CollectionDescription description(CollectionState collection) {
    long now = System.nanoTime();
    var shards = new ArrayList<ShardDescription>();
    long records = 0;
    for (var placement : collection.getPlacementsList()) {
      var id = new ShardId(collection.getId(), placement.getShard());
      List<ReplicaDescription> replicas =
          cluster.replicas().of(id).stream().flatMap(r -> replica(r, now).stream()).toList();
      records +=
          replicas.stream()
              .max(Comparator.comparingLong(ReplicaDescription::frontier))
              .map(ReplicaDescription::records)
              .orElse(0L);
      shards.add(
          new ShardDescription(
              placement.getShard(), placement.getPartition(), placement.getEpoch(), replicas));
    }
    return new CollectionDescription(collection, records, shards);
  }

  /** Empty for a replica in another process that does not answer. */
  private Optional<ReplicaDescription> replica(ShardReader reader, long now) {
    try {
      ShardStats stats = reader.within(Deadline.afterMillis(STATS_MILLIS)).stats();
      return Optional.of(described(reader, stats, now));
    } catch (VecraftException e) {
      return Optional.empty();
    }
  }

  private ReplicaDescription described(ShardReader reader, ShardStats stats, long now) {
    return new ReplicaDescription(
        reader.node(),
        stats.records(),
        stats.appliedOffset(),
        stats.frontier(),
        TimeUnit.NANOSECONDS.toMillis(planner.stalenessOf(stats.frontier(), now)),
        stats.vectorsIndexed(),
        stats.vectorsNotIndexed(),
        stats.offHeapBytes());
  }

  private static long micros(long startedNanos) {
    return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startedNanos);
  }

  /** Unpins the instants of open scrolls. */
  @Override
  public void close() {
    pins.close();
  }
}
