package io.vecraft.storage.shard;

import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.index.metadata.MetadataIndex;
import java.util.Optional;

/**
 * All memory of a shard.
 *
 * @param shape what it was made for
 * @param metadata as it was at the beginning; empty while no field is declared
 */
record ShardMemory(
    ShardShape shape,
    VersionTable rows,
    PayloadLog payloads,
    IdTable ids,
    ShardVectors vectors,
    Optional<MetadataIndex> metadata)
    implements AutoCloseable {

  static ShardMemory create(ShardShape shape) {
    VersionTable rows = VersionTable.create();
    PayloadLog payloads = PayloadLog.create();
    return new ShardMemory(
        shape,
        rows,
        payloads,
        IdTable.create(rows, payloads),
        ShardVectors.create(shape.vectors(), rows),
        metadata(shape.schema()));
  }

  /** An index if there is something to index. */
  static Optional<MetadataIndex> metadata(MetadataSchema schema) {
    return schema.fields().isEmpty() ? Optional.empty() : Optional.of(MetadataIndex.create(schema));
  }

  long offHeapBytes() {
    return rows.offHeapBytes()
        + payloads.offHeapBytes()
        + ids.offHeapBytes()
        + vectors.offHeapBytes()
        + metadata.map(MetadataIndex::offHeapBytes).orElse(0L);
  }

  @Override
  public void close() {
    vectors.close();
    ids.close();
    payloads.close();
    rows.close();
  }
}
