package io.vecraft.storage.shard;

import java.util.function.IntPredicate;

/**
 * Chooses between the graph and an exact scan by what each is expected to cost, in vectors
 * compared.
 *
 * <p>A search through the graph that keeps {@code ef} candidates compares about {@code ef} times
 * the links of a node, less what it has seen before; with a filter that lets a share {@code s} pass
 * it walks on until it has as many that pass, so {@code 1 / s} times as much. A scan compares what
 * matches, in an order that memory likes better, after a check of every row that may match.
 */
final class SearchPlanner {
  /** Vectors that the graph compares for a candidate it keeps. */
  private static final double COMPARED_PER_CANDIDATE = 12;

  /** A vector compared in a scan costs this much of one compared in the graph. */
  private static final double SCAN_COST = 0.5;

  /** Checking a row that may match, likewise. */
  private static final double CHECK_COST = 0.5;

  private static final int SAMPLES = 256;

  private SearchPlanner() {}

  /** Whether to compare all vectors. */
  static boolean scanAll(int vectors, int ef) {
    return vectors * SCAN_COST <= ef * COMPARED_PER_CANDIDATE;
  }

  /**
   * Whether to compare the matching vectors only.
   *
   * @param vectors in the graph
   * @param possible rows that may match
   * @param share of the rows that match, 0 to 1
   * @param ef candidates that the graph would keep
   */
  static boolean scanMatching(int vectors, long possible, double share, int ef) {
    double scan = possible * (SCAN_COST + CHECK_COST);
    double graph = Math.min(vectors, ef * COMPARED_PER_CANDIDATE / Math.max(share, 1e-6));
    return scan <= graph * (1 + CHECK_COST);
  }

  /**
   * The share of rows that match, estimated from some of them at equal distances.
   *
   * @param rows all rows
   * @param possible rows that may match: an upper bound
   */
  static double sampledShare(int rows, long possible, IntPredicate matches) {
    if (rows == 0) {
      return 0;
    }
    int samples = Math.min(SAMPLES, rows);
    int matching = 0;
    for (int i = 0; i < samples; i++) {
      if (matches.test((int) ((long) i * rows / samples))) {
        matching++;
      }
    }
    // Half a sample more, so that a share is never taken for zero because it was not met.
    return Math.min((double) possible / rows, (matching + 0.5) / samples);
  }
}
