package io.vecraft.journal.partition;

import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Upsert;

/**
 * The feature level that each kind of operation needs. A partition's level is replicated state,
 * raised by a logged operation once every member supports it; below it an operation is refused, so
 * that no replica meets one that its program does not know.
 *
 * <table>
 *   <caption>Levels</caption>
 *   <tr><td>1</td><td>records with one vector, metadata and text; transactions; collections; keys;
 *       replicas on storage nodes; nodes that leave; the journal's own nodes; more partitions, and nodes
 *       of their own</td></tr>
 *   <tr><td>2</td><td>named and sparse vectors, expiry, encryption at rest</td></tr>
 * </table>
 */
public final class FeatureLevels {
  /** The level of an empty log. */
  public static final int FIRST = 1;

  /** The highest level that this program knows. */
  public static final int SUPPORTED = 1;

  private FeatureLevels() {}

  /** The smallest level at which {@code operation} may be decided. */
  static int minimum(Operation operation) {
    if (!operation.hasUpsert()) {
      return FIRST;
    }
    Upsert upsert = operation.getUpsert();
    boolean second =
        upsert.getNamedVectorsCount() > 0
            || upsert.getExpiresAtMs() != 0
            || !upsert.getKeyId().isEmpty();
    return second ? 2 : FIRST;
  }
}
