package io.vecraft.index.metadata;

import java.util.Optional;

/** Metadata as JSON bytes: one form for equal objects, and patches of it. Stateless. */
public final class MetadataJson {
  /** Most bytes of metadata, unless configured otherwise. */
  public static final int BYTES_MAX = 64 * 1024;

  private MetadataJson() {}

  /**
   * Checks metadata and gives its one form: no white space, keys in order, texts with the fewest
   * escapes, numbers as they were given. Empty input is {@code {}}.
   *
   * @param bytesMax most bytes of the result
   * @throws MetadataException when it is not a JSON object in UTF-8, has a key twice, or passes a
   *     limit
   */
  public static byte[] canonical(byte[] json, int bytesMax) {
    throw new UnsupportedOperationException(json.length + " " + bytesMax);
  }

  /** As {@link #canonical(byte[], int)} with {@link #BYTES_MAX}. */
  public static byte[] canonical(byte[] json) {
    return canonical(json, BYTES_MAX);
  }

  /**
   * Applies a patch: its keys replace those of {@code base}, a null removes the key. Both are in
   * canonical form, and so is the result. A pure function, so replicas agree.
   *
   * @return empty when the result has more than {@code bytesMax} bytes
   */
  public static Optional<byte[]> merge(byte[] base, byte[] patch, int bytesMax) {
    throw new UnsupportedOperationException(base.length + " " + patch.length + " " + bytesMax);
  }
}
