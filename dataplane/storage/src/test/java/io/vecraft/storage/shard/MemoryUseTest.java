package io.vecraft.storage.shard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.vecraft.index.filter.FilterParser;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.Upsert;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.ShardId;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What a shard takes, against the formula of docs/operations.md. Prints the figures; {@code
 * -Dvecraft.memory.records=200000} for those of the page.
 */
class MemoryUseTest {
  private static final int RECORDS = Integer.getInteger("vecraft.memory.records", 20_000);
  private static final int DIMENSION = 128;
  private static final int M = 16;
  private static final int PER_REQUEST = 100;
  private static final long CHUNK_BYTES = 16 << 20;

  /**
   * Rows, ends, payload, ids, newest; vectors, norms, codes; links, upper levels, starts, states.
   */
  private static final int STORES = 12;

  @Test
  void memoryIsWithinTheFormula() {
    long seed = Long.getLong("vecraft.test.seed", System.nanoTime());
    System.out.println("seed " + seed + " (-Dvecraft.test.seed)");
    for (String quantization : List.of("none", "lvq8")) {
      measure(quantization, new Random(seed));
    }
  }

  private static void measure(String quantization, Random random) {
    CollectionDefinition definition =
        CollectionDefinition.newBuilder()
            .setName("docs")
            .setDimension(DIMENSION)
            .setMetric("cosine")
            .setQuantization(quantization)
            .putSchema("n", "integer")
            .putSchema("k", "keyword")
            .build();
    try (ShardState shard = ShardState.create(new ShardId(1, 0), ShardShape.of(definition))) {
      ShardReads reads = shard.reads();
      int half = RECORDS / 2;
      long payload = fill(shard, 0, half, random);
      read(shard, reads);
      long heapAtHalf = heap();
      payload += fill(shard, half, RECORDS, random);
      read(shard, reads);
      long heap = heap();
      double heapBytes = (double) (heap - heapAtHalf) / (RECORDS - half);
      long limit = formula(RECORDS, payload, quantization.equals("lvq8"));
      long metadata = shard.metadata().orElseThrow().offHeapBytes();
      System.out.printf(
          "%d records of %d dimensions, %s: heap %.1f bytes a record; outside the heap %d bytes"
              + " reserved, of them %d for declared fields; the formula says %d (%.0f bytes a"
              + " record and %d MiB)%n",
          RECORDS,
          DIMENSION,
          quantization,
          heapBytes,
          shard.offHeapBytes(),
          metadata,
          limit,
          (double) (limit - STORES * CHUNK_BYTES) / RECORDS,
          STORES * CHUNK_BYTES >> 20);
      assertThat(shard.offHeapBytes()).isLessThanOrEqualTo(limit);
      // Ids in order, four bytes each, and what is not a whole block of the declared fields.
      assertThat(heap - heapAtHalf).isLessThan(4L * (RECORDS - half) + (4 << 20));
    }
  }

  /** Bytes of ids, metadata and requests. */
  private static long fill(ShardState shard, int from, int to, Random random) {
    long payload = 0;
    for (int i = from; i < to; i += PER_REQUEST) {
      Record.Builder record =
          Record.newBuilder()
              .setStamp((i + 1L) << 19)
              .setRequestId("request-" + i)
              .setPrincipal("loader");
      payload += Integer.BYTES + Short.BYTES + ("request-" + i).length() + "loader".length();
      List<Integer> positions = new ArrayList<>();
      for (int n = i; n < Math.min(to, i + PER_REQUEST); n++) {
        String id = "record-" + n;
        String json = "{\"n\":%d,\"k\":\"key %d\"}".formatted(n % 1000, n % 50);
        ByteBuffer vector =
            ByteBuffer.allocate(DIMENSION * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int d = 0; d < DIMENSION; d++) {
          vector.putFloat(random.nextFloat() - 0.5f);
        }
        positions.add(n - i);
        record.addOperations(
            Operation.newBuilder()
                .setCollectionId(1)
                .setUpsert(
                    Upsert.newBuilder()
                        .setId(id)
                        .setMetadata(ByteString.copyFromUtf8(json))
                        .setVector(ByteString.copyFrom(vector.flip()))));
        payload += Integer.BYTES + Long.BYTES + Short.BYTES + id.length() + json.length();
      }
      shard.apply(record.build(), positions, new int[0]);
    }
    return payload;
  }

  /** Brings up what reads make: the order of ids. */
  private static void read(ShardState shard, ShardReads reads) {
    long stamp = shard.appliedStamp();
    assertThat(reads.scroll(Optional.empty(), Optional.empty(), 1, stamp, Include.NOTHING))
        .hasSize(1);
    assertThat(reads.count(Optional.of(FilterParser.fromSql("n < 10")), stamp)).isPositive();
  }

  private static long heap() {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      used = Math.min(used, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return used;
  }

  /** The formula of docs/operations.md, for versions that all have vectors of their own. */
  private static long formula(long versions, long payload, boolean codes) {
    long version = 40 + 4;
    long id = 64;
    long vector = 4L * DIMENSION + 4 + (codes ? DIMENSION + 16 : 0);
    long links = 4L * 2 * M + 4L * M / (M - 1) + 5;
    long fields = 2 * 16;
    return versions * (version + id + vector + links + fields) + payload + STORES * CHUNK_BYTES;
  }
}
