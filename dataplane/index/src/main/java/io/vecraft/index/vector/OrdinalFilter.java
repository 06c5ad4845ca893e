package io.vecraft.index.vector;

/** Which vectors may be in an answer: visibility, predicate or both. */
@FunctionalInterface
public interface OrdinalFilter {
  /** Accepts every vector. */
  OrdinalFilter ALL = ordinal -> true;

  /** Called from the searching thread, at most a few times per ordinal and search. */
  boolean accepts(int ordinal);
}
