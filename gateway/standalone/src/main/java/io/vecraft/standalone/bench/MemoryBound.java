package io.vecraft.standalone.bench;

/**
 * How much memory a server needs at most, as docs/benchmarks.md states it: the heap, what the JVM
 * and the network take beside it, and for each record what it takes outside the heap.
 *
 * @param heapMib maximum of the Java heap
 * @param records one version each, without declared metadata fields
 * @param dimension of their vectors
 * @param m links of a node
 * @param payloadBytes id and metadata of a record
 */
record MemoryBound(long heapMib, long records, int dimension, int m, int payloadBytes) {
  /** Code, classes, threads, collector and network buffers. */
  static final int PROCESS_MIB = 512;

  /** The last, partly filled chunk of each of the stores of a shard. */
  static final int STORES = 12;

  private static final int CHUNK_MIB = 16;
  private static final int LANES = 16;

  /**
   * Row (32), end (8), newest row of its vector (4), start and state in the graph (5), links above
   * level 0 (5), id table at its emptiest with those that it outgrew (64), entry of the payload
   * (22).
   */
  private static final int OTHER_BYTES = 140;

  /** Bytes outside the heap for one record. */
  long recordBytes() {
    int padded = (dimension + LANES - 1) / LANES * LANES;
    return 4L * padded + 8L * m + OTHER_BYTES + payloadBytes;
  }

  /** Outside the heap, for {@code shards} shards. */
  long offHeapMib(int shards) {
    return (records * recordBytes() >> 20) + (long) shards * STORES * CHUNK_MIB;
  }

  /** Of the whole process. */
  long totalMib(int shards) {
    return heapMib + PROCESS_MIB + offHeapMib(shards);
  }
}
