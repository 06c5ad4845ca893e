package io.vecraft.index.vector;

/** How far two vectors are apart; smaller is nearer. */
public enum Metric {
  /** 1 - cosine of the angle, 0 to 2; a vector of zeros is at distance 1 from all others. */
  COSINE,
  /** The negated dot product. */
  DOT,
  /** The Euclidean distance, not squared. */
  L2
}
