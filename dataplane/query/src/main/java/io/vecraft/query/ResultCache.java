package io.vecraft.query;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vecraft.query.SearchAnswer.ScoredHit;
import io.vecraft.storage.read.SearchSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Results of searches, bounded in bytes. A key names the state that was searched: how many
 * operations each shard had applied, which is a function of the log, so the same count is the same
 * content on every replica and at every stamp.
 */
final class ResultCache {
  private static final int ENTRY_BYTES = 200;
  private static final int HIT_BYTES = 120;

  private final Optional<Cache<Key, Result>> cache;

  ResultCache(long bytes) {
    this.cache =
        bytes <= 0
            ? Optional.empty()
            : Optional.of(
                Caffeine.newBuilder()
                    .maximumWeight(bytes)
                    .weigher((Key key, Result result) -> weight(key, result))
                    .build());
  }

  /**
   * What was found.
   *
   * @param hits nearest first
   * @param exact whether every shard answered exactly
   * @param strategy of the shards
   * @param visited vectors compared
   */
  record Result(List<ScoredHit> hits, boolean exact, String strategy, long visited) {}

  boolean enabled() {
    return cache.isPresent();
  }

  Optional<Result> get(Key key) {
    return cache.map(c -> c.getIfPresent(key));
  }

  void put(Key key, Result result) {
    cache.ifPresent(c -> c.put(key, result));
  }

  private static int weight(Key key, Result result) {
    long bytes = ENTRY_BYTES + 4L * key.search.vector().length + 8L * key.applied.length;
    bytes += key.search.filter().map(f -> 2L * f.toString().length()).orElse(0L);
    for (ScoredHit hit : result.hits()) {
      bytes +=
          HIT_BYTES
              + 2L * hit.record().id().length()
              + hit.record().metadata().length
              + 4L * hit.record().vector().length;
    }
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }

  /** A query against one state of a collection. */
  static final class Key {
    private final long collectionId;
    private final long schemaStamp;
    private final SearchSpec search;
    private final Optional<Float> scoreThreshold;
    private final long[] applied;
    private final int hash;

    /**
     * @param search its vector is copied: the caller may use it again
     * @param applied operations applied, by shard
     */
    Key(
        long collectionId,
        long schemaStamp,
        SearchSpec search,
        Optional<Float> scoreThreshold,
        long[] applied) {
      this.collectionId = collectionId;
      this.schemaStamp = schemaStamp;
      this.search =
          new SearchSpec(
              search.vector().clone(),
              search.k(),
              search.ef(),
              search.exact(),
              search.filter(),
              search.include());
      this.scoreThreshold = scoreThreshold;
      this.applied = applied;
      int h = Arrays.hashCode(search.vector());
      h = 31 * h + Arrays.hashCode(applied);
      h = 31 * h + search.filter().hashCode();
      this.hash = 31 * h + Long.hashCode(collectionId) + search.k();
    }

    /** Operations applied to all shards. */
    long operationsApplied() {
      return Arrays.stream(applied).sum();
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key k
          && hash == k.hash
          && collectionId == k.collectionId
          && schemaStamp == k.schemaStamp
          && search.k() == k.search.k()
          && search.ef() == k.search.ef()
          && search.exact() == k.search.exact()
          && search.include().equals(k.search.include())
          && scoreThreshold.equals(k.scoreThreshold)
          && Arrays.equals(applied, k.applied)
          && Arrays.equals(search.vector(), k.search.vector())
          && search.filter().equals(k.search.filter());
    }
  }
}
