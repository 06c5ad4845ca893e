package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.time.Deadline;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.SearchHits;
import io.vecraft.storage.read.SearchSpec;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.ShardStats;
import io.vecraft.storage.read.VersionView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** A replica whose records are versions in a list, and whose frontier moves as the test says. */
final class FakeShard implements ShardReader {
  private record Version(String id, long stamp, float[] vector) {}

  private final ShardId id;
  private final String node;
  private final FakeCluster cluster;
  private final List<Version> versions = new ArrayList<>();
  final AtomicInteger searches = new AtomicInteger();

  /** Stamps that were waited for. */
  final Set<Long> waits = ConcurrentHashMap.newKeySet();

  final AtomicInteger pins = new AtomicInteger();
  volatile long frontier;
  volatile long safePoint;
  volatile boolean paused;

  /** Searches stand still while it is closed. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  volatile Optional<ErrorCode> failure = Optional.empty();

  FakeShard(ShardId id, String node, FakeCluster cluster) {
    this.id = id;
    this.node = node;
    this.cluster = cluster;
  }

  synchronized void write(String recordId, long stamp, float... vector) {
    versions.add(new Version(recordId, stamp, vector));
  }

  private void check(long asOf) {
    failure.ifPresent(code -> {
      throw new VecraftException(code, "replica " + node + " fails");
    });
    if (asOf > frontier) {
      throw new IllegalArgumentException("S " + asOf + " above the frontier " + frontier);
    }
    if (asOf < safePoint) {
      throw new VecraftException(ErrorCode.SNAPSHOT_EXPIRED, "below " + safePoint);
    }
  }

  private synchronized TreeMap<String, Version> at(long asOf) {
    var visible = new TreeMap<String, Version>();
    versions.stream().filter(v -> v.stamp <= asOf).forEach(v -> visible.put(v.id, v));
    return visible;
  }

  private static RecordView view(Version v) {
    return new RecordView(v.id, v.stamp, new byte[0], new float[0]);
  }

  @Override
  public ShardId shard() {
    return id;
  }

  @Override
  public String node() {
    return node;
  }

  @Override
  public long frontier() {
    return frontier;
  }

  @Override
  public long safePoint() {
    return safePoint;
  }

  @Override
  public long knownStamp() {
    return frontier;
  }

  @Override
  public void awaitFrontier(long stamp, Deadline deadline) {
    failure.ifPresent(code -> {
      throw new VecraftException(code, "replica " + node + " fails");
    });
    while (paused) {
      deadline.check("a paused replica");
      Thread.onSpinWait();
    }
    waits.add(stamp);
    while (advance() < stamp && frontier < stamp) {
      deadline.check("waited for " + stamp + " which nobody has closed");
      // Not spinning: that would keep the processor from whoever closes.
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Comes to what is closed, as by its tail; returns that. */
  synchronized long advance() {
    int partition =
        cluster
            .catalog
            .collection(id.collectionId())
            .orElseThrow()
            .getPlacements(id.shard())
            .getPartition();
    long closed =
        List.of(partition, Partitions.SYSTEM, Partitions.TRANSACTION).stream()
            .mapToLong(p -> cluster.closed.getOrDefault(p, 0L))
            .min()
            .orElseThrow();
    frontier = Math.max(frontier, closed);
    return closed;
  }

  @Override
  public SearchHits search(SearchSpec search, long asOf, Deadline deadline) {
    check(asOf);
    searches.incrementAndGet();
    try {
      if (!gate.await(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
        deadline.check("standing still");
      }
    } catch (InterruptedException e) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted");
    }
    List<SearchHits.Hit> hits =
        at(asOf).values().stream()
            .map(v -> new SearchHits.Hit(view(v), distance(search.vector(), v.vector)))
            .sorted(Comparator.comparingDouble(SearchHits.Hit::distance))
            .limit(search.k())
            .toList();
    return new SearchHits(hits, true, "scan", versions.size());
  }

  private static float distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return (float) Math.sqrt(sum);
  }

  @Override
  public List<RecordView> get(List<String> ids, long asOf, Include include) {
    check(asOf);
    var visible = at(asOf);
    return ids.stream().filter(visible::containsKey).map(i -> view(visible.get(i))).toList();
  }

  @Override
  public List<RecordView> scroll(
      Optional<Filter> filter, Optional<String> afterId, int limit, long asOf, Include include) {
    check(asOf);
    var visible = at(asOf);
    var rest = afterId.isEmpty() ? visible : visible.tailMap(afterId.get(), false);
    return rest.values().stream().limit(limit).map(FakeShard::view).toList();
  }

  @Override
  public long count(Optional<Filter> filter, long asOf) {
    check(asOf);
    return at(asOf).size();
  }

  @Override
  public synchronized OptionalInt firstWithVersions(List<String> ids, int atLeast) {
    return IntStream.range(0, ids.size())
        .filter(i -> versions.stream().filter(v -> v.id.equals(ids.get(i))).count() >= atLeast)
        .findFirst();
  }

  @Override
  public synchronized List<VersionView> history(String recordId, long beforeStamp, int limit) {
    return versions.stream()
        .filter(v -> v.id.equals(recordId) && v.stamp < beforeStamp)
        .sorted(Comparator.comparingLong(Version::stamp).reversed())
        .limit(limit)
        .map(v -> new VersionView(v.stamp, "upsert", "r", "p", new byte[0]))
        .toList();
  }

  @Override
  public synchronized long operationsApplied(long asOf) {
    check(asOf);
    return versions.stream().filter(v -> v.stamp <= asOf).count();
  }

  @Override
  public Optional<List<OperationOutcome>> outcomes(long stamp) {
    return Optional.empty();
  }

  @Override
  public long checksum(long asOf) {
    return 0;
  }

  @Override
  public Pin pin(long stamp) {
    pins.incrementAndGet();
    return pins::decrementAndGet;
  }

  @Override
  public synchronized ShardStats stats() {
    return new ShardStats(
        at(frontier).size(), versions.size(), 0, frontier, 0, 1_000, Optional.empty());
  }
}
