package io.vecraft.storage.shard;

import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.index.vector.Metric;
import io.vecraft.index.vector.Quantization;
import io.vecraft.index.vector.VectorIndexConfig;
import io.vecraft.proto.journal.CollectionDefinition;

/**
 * What a collection's definition means for its shards.
 *
 * @param vectors shape of the vector index
 * @param schema declared metadata fields
 */
public record ShardShape(VectorIndexConfig vectors, MetadataSchema schema) {
  private static final int M_DEFAULT = 16;
  private static final int EF_CONSTRUCTION_DEFAULT = 100;
  private static final int M_MIN = 2;
  private static final int M_MAX = 128;
  private static final int EF_CONSTRUCTION_MAX = 10_000;
  private static final int DIMENSION_MAX = 1 << 16;
  private static final int VECTORS_MAX = 1 << 30;

  /** The same with other declared fields. */
  ShardShape with(MetadataSchema other) {
    return new ShardShape(vectors, other);
  }

  /**
   * The shape that a definition asks for; what it leaves out has defaults, and a number out of
   * range, which the gateway keeps out, counts as the nearest one: a log can always be applied.
   */
  public static ShardShape of(CollectionDefinition definition) {
    Metric metric =
        switch (definition.getMetric()) {
          case "dot" -> Metric.DOT;
          case "l2" -> Metric.L2;
          default -> Metric.COSINE;
        };
    int m =
        definition.getHnswM() == 0 ? M_DEFAULT : Math.clamp(definition.getHnswM(), M_MIN, M_MAX);
    int ef =
        definition.getHnswEfConstruction() == 0
            ? EF_CONSTRUCTION_DEFAULT
            : definition.getHnswEfConstruction();
    return new ShardShape(
        new VectorIndexConfig(
            Math.clamp(definition.getDimension(), 1, DIMENSION_MAX),
            metric,
            m,
            Math.clamp(ef, m, EF_CONSTRUCTION_MAX),
            definition.getQuantization().equals("lvq8") ? Quantization.LVQ8 : Quantization.NONE,
            VECTORS_MAX),
        MetadataSchema.of(definition.getSchemaMap()));
  }
}
