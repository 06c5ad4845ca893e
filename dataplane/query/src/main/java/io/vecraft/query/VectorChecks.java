package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.CollectionDefinition;

/** What holds for every vector that is written or searched for. */
public final class VectorChecks {
  /** Squared norms up to here keep every distance between two vectors finite in float32. */
  private static final double SQUARED_NORM_MAX = Float.MAX_VALUE / 4;

  /** Cosine divides by the norm: below this its square is not a normal float32. */
  private static final double COSINE_SQUARED_NORM_MIN = Float.MIN_NORMAL;

  private VectorChecks() {}

  /**
   * Checks a vector against a collection: dimension, finite numbers, a norm that does not overflow,
   * and with cosine one that is not zero.
   *
   * @param field path of the vector in the request
   */
  public static void check(float[] vector, CollectionDefinition collection, String field) {
    if (vector.length != collection.getDimension()) {
      throw new VecraftException(
          ErrorCode.DIMENSION_MISMATCH,
          "vector has %d dimensions, collection %s has %d"
              .formatted(vector.length, collection.getName(), collection.getDimension()),
          field);
    }
    double squared = 0;
    for (float x : vector) {
      squared += (double) x * x;
    }
    if (!(squared <= SQUARED_NORM_MAX)) {
      throw new VecraftException(
          ErrorCode.INVALID_VECTOR,
          Double.isFinite(squared)
              ? "the norm of the vector is too large for float32"
              : "the vector holds a number that is not finite",
          field);
    }
    if (collection.getMetric().equals("cosine") && squared < COSINE_SQUARED_NORM_MIN) {
      throw new VecraftException(
          ErrorCode.INVALID_VECTOR,
          squared == 0
              ? "a zero vector has no direction: cosine is not defined"
              : "the norm of the vector is too small for cosine",
          field);
    }
  }
}
