package io.vecraft.index.vector;

/**
 * Scores stored vectors against one query. A score orders as the metric does, smaller is nearer; it
 * is never NaN. Holds scratch space: one thread at a time.
 */
interface Scorer {
  /** Sets the query; the array is not kept. */
  void query(float[] vector);

  /** Makes a stored vector the query. */
  void queryStored(int ordinal);

  /** Writes the scores of the ordinals at {@code from} to {@code to - 1} to the same places. */
  void score(int[] ordinals, int from, int to, float[] into);
}
