package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.query.ReadPlan.Target;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Finds the stamp S of a read and replicas that have reached it.
 *
 * <p>A read that needs no waiting is planned from what the process has ({@link #atOnce}): S is the
 * smallest frontier of the replicas chosen, if it is at or above the floor (session token, stamp
 * required, the collection's creation) and, for a bounded read, above a sample of the clock that is
 * young enough. Every other read asks the journal for a barrier first; its stamp is S of a strong
 * read, and what proves that a stamp which a client brought is not in the future.
 */
final class ReadPlanner {
  /** How often a collection may be dropped and made again under a reader's feet. */
  private static final int ROUTE_ATTEMPTS = 5;

  private final ClusterAccess cluster;

  ReadPlanner(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  /** A plan of the shards of the collection that {@code wanted} accepts. */
  ReadPlan plan(String collection, ReadOptions options, ShardChoice wanted) {
    long now = System.nanoTime();
    options.deadline().check("planning the read");
    return atOnce(collection, options, wanted, now)
        .orElseGet(() -> afterBarrier(collection, options, wanted, now));
  }

  /** Which shards a read concerns. */
  interface ShardChoice {
    ShardChoice ALL = collection -> shard -> true;

    Predicate<Integer> of(CollectionState collection);
  }

  /** The plan of a read that needs no waiting; empty when it does. */
  Optional<ReadPlan> atOnce(String name, ReadOptions options, ShardChoice wanted, long now) {
    if (options.level() == ConsistencyLevel.STRONG && options.asOf().isEmpty()) {
      return Optional.empty();
    }
    Optional<CollectionState> found = cluster.catalogs().current().collection(name);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    CollectionState collection = found.get();
    requireExisted(collection, options);
    List<ShardId> shards = shards(collection, wanted);
    List<Target> targets = new ArrayList<>(shards.size());
    long frontier = Long.MAX_VALUE;
    long floor = floor(collection, options);
    long enough = floor;
    if (bounded(options)) {
      enough = Math.max(floor, cluster.clock().samples().freshEnough(boundNanos(options), now));
    }
    for (ShardId shard : shards) {
      var reader = cluster.replicas().pick(shard, enough);
      if (reader.isEmpty()) {
        return Optional.empty();
      }
      targets.add(new Target(shard, reader.get()));
      frontier = Math.min(frontier, reader.get().frontier());
    }
    if (frontier < floor) {
      return Optional.empty();
    }
    long asOf = options.asOf().orElse(frontier);
    long age = cluster.clock().samples().ageNanos(asOf, now);
    if (bounded(options) && age > boundNanos(options)) {
      return Optional.empty();
    }
    return Optional.of(
        new ReadPlan(collection, targets, shards.size(), asOf, staleness(asOf, age), false));
  }

  private ReadPlan afterBarrier(
      String name, ReadOptions options, ShardChoice wanted, long startedNanos) {
    try {
      return synced(name, options, wanted, startedNanos);
    } catch (VecraftException e) {
      if (bounded(options) && e.code() == ErrorCode.DEADLINE_EXCEEDED) {
        throw new VecraftException(
            ErrorCode.STALENESS_EXCEEDED,
            "no replica came within %d ms in time: %s"
                .formatted(options.maxStalenessMs(), e.reason()));
      }
      throw e;
    }
  }

  private ReadPlan synced(String name, ReadOptions options, ShardChoice wanted, long started) {
    var ahead = new Ahead(name, options, wanted);
    try {
      return synced(name, options, wanted, started, ahead);
    } finally {
      ahead.cancel();
    }
  }

  private ReadPlan synced(
      String name, ReadOptions options, ShardChoice wanted, long started, Ahead ahead) {
    Routed routed = route(name, options, ahead);
    CollectionState collection = routed.collection();
    Barriers.Barrier barrier = routed.barrier();
    requireNotInFuture(options, barrier.stamp());
    requireExisted(collection, options);
    long reach = reach(collection, options, barrier, started);
    List<ShardId> shards = shards(collection, wanted);
    List<Target> targets =
        ahead
            .of(collection, reach)
            .map(waits -> waits.targets(options.allowPartial()))
            .orElseGet(() -> awaitShards(shards, reach, barrier.stamp(), options));
    long asOf = reach;
    if (!exactly(options)) {
      asOf = targets.stream().mapToLong(t -> t.reader().frontier()).min().orElse(reach);
    }
    long age =
        asOf >= barrier.stamp() && options.asOf().isEmpty()
            ? 0
            : cluster.clock().samples().ageNanos(asOf, started);
    return new ReadPlan(collection, targets, shards.size(), asOf, staleness(asOf, age), true);
  }

  private record Routed(CollectionState collection, Barriers.Barrier barrier) {}

  /** The collection as of a barrier that has closed all its partitions. */
  private Routed route(String name, ReadOptions options, Ahead ahead) {
    Set<Integer> partitions =
        cluster.catalogs().current().collection(name).map(ReadPlanner::partitions).orElse(Set.of());
    for (int attempt = 1; attempt <= ROUTE_ATTEMPTS; attempt++) {
      Barriers.Barrier barrier =
          cluster
              .barriers()
              .sync(
                  new Barriers.Wanted(partitions, options.asOf().isPresent(), ahead::begin),
                  options.deadline());
      CollectionState collection = cluster.catalogAt(barrier).requireCollection(name);
      partitions = partitions(collection);
      if (barrier.closed().containsAll(partitions)) {
        return new Routed(collection, barrier);
      }
    }
    throw new VecraftException(
        ErrorCode.UNAVAILABLE, "collection " + name + " keeps changing its partitions");
  }

  /**
   * The replicas of a strong read are waited for from when S is known, while the partitions are
   * being closed: they hear of that by themselves, about when the barrier's answer comes. It is of
   * the collection as this process knows it, and thrown away if that turns out to have changed.
   * Only where replicas are in other processes: in one process nothing takes long enough.
   */
  private final class Ahead {
    private final ReadOptions options;
    private final ShardChoice wanted;
    private final Optional<CollectionState> known;
    private Optional<ShardWaits> waits = Optional.empty();
    private long stamp;

    Ahead(String name, ReadOptions options, ShardChoice wanted) {
      this.options = options;
      this.wanted = wanted;
      this.known =
          options.level() == ConsistencyLevel.STRONG && options.asOf().isEmpty()
              ? cluster.catalogs().current().collection(name)
              : Optional.empty();
    }

    void begin(long s) {
      cancel();
      waits = Optional.empty();
      List<ShardId> shards = known.map(c -> shards(c, wanted)).orElse(List.of());
      boolean remote =
          shards.stream()
              .allMatch(
                  shard -> cluster.replicas().of(shard).stream().anyMatch(ShardReader::isRemote));
      if (!shards.isEmpty() && remote) {
        stamp = s;
        waits =
            Optional.of(
                ShardWaits.begin(cluster.replicas(), shards, s, options.deadline()).startAll());
      }
    }

    /** What is waited for, if it is the right thing. */
    Optional<ShardWaits> of(CollectionState collection, long reach) {
      boolean same =
          reach == stamp
              && known.isPresent()
              && known.get().getId() == collection.getId()
              && known.get().getPlacementsList().equals(collection.getPlacementsList());
      return same ? waits : Optional.empty();
    }

    void cancel() {
      waits.ifPresent(ShardWaits::cancel);
    }
  }

  /** The stamp that replicas have to reach before the read. */
  private long reach(
      CollectionState collection, ReadOptions options, Barriers.Barrier barrier, long started) {
    if (options.asOf().isPresent()) {
      return options.asOf().getAsLong();
    }
    return switch (options.level()) {
      case STRONG -> barrier.stamp();
      case BOUNDED -> {
        long enough = cluster.clock().samples().freshEnough(boundNanos(options), started);
        yield Math.max(floor(collection, options), Math.min(enough, barrier.stamp()));
      }
      case EVENTUAL, READ_YOUR_WRITES -> floor(collection, options);
    };
  }

  private List<Target> awaitShards(
      List<ShardId> shards, long reach, long barrierStamp, ReadOptions options) {
    if (shards.stream().anyMatch(shard -> cluster.replicas().of(shard).isEmpty())) {
      cluster.replicas().awaitCatalog(barrierStamp, options.deadline(), shards);
    }
    return ShardWaits.begin(cluster.replicas(), shards, reach, options.deadline())
        .targets(options.allowPartial());
  }

  private static boolean exactly(ReadOptions options) {
    return options.asOf().isPresent() || options.level() == ConsistencyLevel.STRONG;
  }

  private static boolean bounded(ReadOptions options) {
    return options.level() == ConsistencyLevel.BOUNDED && options.asOf().isEmpty();
  }

  private static long boundNanos(ReadOptions options) {
    return TimeUnit.MILLISECONDS.toNanos(options.maxStalenessMs());
  }

  /** The smallest S that the read may have. */
  private static long floor(CollectionState collection, ReadOptions options) {
    if (options.asOf().isPresent()) {
      return options.asOf().getAsLong();
    }
    return Math.max(
        collection.getCreatedStamp(), Math.max(options.sessionStamp(), options.minRequiredStamp()));
  }

  private static void requireExisted(CollectionState collection, ReadOptions options) {
    if (options.asOf().isPresent() && options.asOf().getAsLong() < collection.getCreatedStamp()) {
      throw new VecraftException(
          ErrorCode.COLLECTION_NOT_FOUND,
          "collection %s did not exist at %d, it was made at %d"
              .formatted(
                  collection.getDefinition().getName(),
                  options.asOf().getAsLong(),
                  collection.getCreatedStamp()),
          "as_of");
    }
  }

  private static void requireNotInFuture(ReadOptions options, long clock) {
    if (options.asOf().isPresent()) {
      requireNotInFuture(options.asOf().getAsLong(), clock, "as_of");
    } else {
      requireNotInFuture(options.sessionStamp(), clock, "session_token");
      requireNotInFuture(options.minRequiredStamp(), clock, "min_required_offset");
    }
  }

  private static void requireNotInFuture(long stamp, long clock, String field) {
    if (stamp > clock) {
      throw new VecraftException(
          ErrorCode.STAMP_IN_FUTURE,
          "stamp " + stamp + " is above the clock, which is at " + clock,
          field);
    }
  }

  /** Upper bound of what a frontier lacks, nanoseconds. */
  long stalenessOf(long frontier, long now) {
    return staleness(frontier, cluster.clock().samples().ageNanos(frontier, now));
  }

  /** The age by samples; where they do not reach back far enough, the distance of the stamps. */
  private long staleness(long asOf, long ageNanos) {
    if (ageNanos != Long.MAX_VALUE) {
      return ageNanos;
    }
    long millis = Stamp.millis(cluster.clock().latest()) - Stamp.millis(asOf);
    return TimeUnit.MILLISECONDS.toNanos(Math.max(0, millis));
  }

  private static List<ShardId> shards(CollectionState collection, ShardChoice wanted) {
    Predicate<Integer> accepted = wanted.of(collection);
    return collection.getPlacementsList().stream()
        .map(ShardPlacement::getShard)
        .filter(accepted)
        .map(shard -> new ShardId(collection.getId(), shard))
        .toList();
  }

  private static Set<Integer> partitions(CollectionState collection) {
    return collection.getPlacementsList().stream()
        .map(ShardPlacement::getPartition)
        .collect(Collectors.toUnmodifiableSet());
  }
}
