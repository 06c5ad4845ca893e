package io.vecraft.query;

import io.vecraft.storage.read.RecordView;
import java.util.List;

/**
 * The answer to a search.
 *
 * @param hits nearest first; equal distances by id
 * @param consistency how fresh and whole it is
 * @param info how it was done
 */
public record SearchAnswer(List<ScoredHit> hits, ConsistencyInfo consistency, SearchInfo info) {
  /**
   * One hit.
   *
   * @param record with what was asked to be included
   * @param score larger is nearer: cosine similarity, dot product, {@code 1/(1+distance)} for l2
   * @param distance smaller is nearer
   */
  public record ScoredHit(RecordView record, float score, float distance) {}
}
