package io.vecraft.journal.catalog;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/**
 * Where a record lives: a shard is a range of the hash space of record ids. The hash is MurmurHash3
 * (32 bits, x86 variant) of the id's UTF-8 bytes, read as an unsigned number; it is part of the
 * format on disk.
 */
public final class ShardHash {
  private ShardHash() {}

  /** The shard of an id, 0 to {@code shards - 1}. */
  public static int shardOf(String id, int shards) {
    long hash =
        Hashing.murmur3_32_fixed().hashString(id, StandardCharsets.UTF_8).asInt() & 0xFFFF_FFFFL;
    return (int) ((hash * shards) >>> 32);
  }
}
