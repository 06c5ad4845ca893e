package io.vecraft.query;

import com.google.common.hash.Hashing;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Where a scroll stands. Opaque to clients; a checksum tells a damaged one.
 *
 * @param collectionId the collection scrolled
 * @param asOf the instant that every page shows
 * @param pins names the pins that keep the instant readable
 * @param filterDigest of the filter that every page has
 * @param shard the shard to go on in
 * @param afterId the last id read of it; empty at its beginning
 */
record ScrollCursor(
    long collectionId, long asOf, long pins, long filterDigest, int shard, String afterId) {
  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 1 + 4 * Long.BYTES + Integer.BYTES;
  private static final int LONGEST_BYTES = HEADER_BYTES + 4096;

  static long digest(Optional<Filter> filter) {
    return filter
        .map(f -> Hashing.sha256().hashString(f.toString(), StandardCharsets.UTF_8).asLong())
        .orElse(0L);
  }

  String encode() {
    byte[] id = afterId.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + id.length + Integer.BYTES);
    out.put(FORMAT).putLong(collectionId).putLong(asOf).putLong(pins).putLong(filterDigest);
    out.putInt(shard).put(id);
    out.putInt(checksum(out.array(), out.position()));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(out.array());
  }

  static ScrollCursor decode(String text) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw invalid();
    }
    int body = bytes.length - Integer.BYTES;
    if (body < HEADER_BYTES || body > LONGEST_BYTES) {
      throw invalid();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getInt(body) != checksum(bytes, body) || in.get() != FORMAT) {
      throw invalid();
    }
    return new ScrollCursor(
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getInt(),
        new String(bytes, HEADER_BYTES, body - HEADER_BYTES, StandardCharsets.UTF_8));
  }

  private static int checksum(byte[] bytes, int length) {
    return Hashing.crc32c().hashBytes(bytes, 0, length).asInt();
  }

  static VecraftException invalid() {
    return new VecraftException(
        ErrorCode.INVALID_ARGUMENT, "the cursor is not one of this scroll", "cursor");
  }
}
