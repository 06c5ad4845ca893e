package io.vecraft.storage.read;

import java.util.List;

/**
 * Hits of one shard, nearest first.
 *
 * @param hits at most k; fewer only when fewer match
 * @param exact whether the answer is exact
 * @param strategy what the planner chose: {@code graph}, {@code graph_filtered}, {@code scan}, ...
 * @param visited vectors that were compared
 */
public record SearchHits(List<Hit> hits, boolean exact, String strategy, long visited) {
  /**
   * One hit.
   *
   * @param record with what was asked to be included
   * @param distance smaller is nearer: 1 - cosine, negated dot product, Euclidean distance
   */
  public record Hit(RecordView record, float distance) {}
}
