package io.vecraft.storage.read;

/**
 * What a read carries beside id and version.
 *
 * @param metadata whether the metadata comes along
 * @param vector whether the vector comes along
 */
public record Include(boolean metadata, boolean vector) {
  public static final Include METADATA = new Include(true, false);
  public static final Include ALL = new Include(true, true);
  public static final Include NOTHING = new Include(false, false);
}
