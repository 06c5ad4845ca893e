package io.vecraft.index.vector;

/** What the graph is searched with; answers are always rescored with the exact vectors. */
public enum Quantization {
  /** The float32 vectors themselves. */
  NONE,
  /** Locally adaptive 8-bit codes: the mean subtracted, scale and offset per vector. */
  LVQ8
}
