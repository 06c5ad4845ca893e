package io.vecraft.gateway.write;

import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * Ids of records that came without one: UUIDs of version 7 made from the request id and the item's
 * position, so that a retry makes the same. The time in them is the request id's where that is such
 * a UUID itself, as those that the server makes are.
 */
final class RecordIds {
  private RecordIds() {}

  static String make(WriteContext context, int position) {
    byte[] hash =
        Hashing.sha256()
            .newHasher()
            .putString(context.principal(), StandardCharsets.UTF_8)
            .putByte((byte) 0)
            .putString(context.requestId(), StandardCharsets.UTF_8)
            .putInt(position)
            .hash()
            .asBytes();
    ByteBuffer bits = ByteBuffer.wrap(hash);
    long high = bits.getLong();
    long low = bits.getLong();
    long millis = timeOf(context.requestId()).orElse(bits.getLong() & 0xFFFF_FFFF_FFFFL);
    return RequestIds.uuid7(millis, high, low).toString();
  }

  private static Optional<Long> timeOf(String requestId) {
    if (requestId.length() != 36) {
      return Optional.empty();
    }
    try {
      UUID uuid = UUID.fromString(requestId);
      return uuid.version() == 7
          ? Optional.of(uuid.getMostSignificantBits() >>> 16)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
