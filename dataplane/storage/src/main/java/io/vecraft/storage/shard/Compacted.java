package io.vecraft.storage.shard;

/**
 * What compactions have removed from a shard.
 *
 * @param stamp versions that ended at or below it are gone, and what became of the operations up to
 *     it; 0 when nothing has been removed
 * @param operations operations up to the stamp, the removed ones too
 * @param rows how many of them are left: the versions that are visible at the stamp
 */
public record Compacted(long stamp, long operations, int rows) {
  /** Nothing has been removed. */
  public static final Compacted NOTHING = new Compacted(0, 0, 0);
}
