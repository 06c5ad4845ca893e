package io.vecraft.journal.meta.placement;

import java.util.Comparator;

/**
 * A shard, as placement knows it. Ordered by collection and number.
 *
 * @param collectionId of its collection
 * @param shard its number, from 0
 */
public record PlacedShard(long collectionId, int shard) implements Comparable<PlacedShard> {
  private static final Comparator<PlacedShard> ORDER =
      Comparator.comparingLong(PlacedShard::collectionId).thenComparingInt(PlacedShard::shard);

  @Override
  public int compareTo(PlacedShard other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return collectionId + "/" + shard;
  }
}
