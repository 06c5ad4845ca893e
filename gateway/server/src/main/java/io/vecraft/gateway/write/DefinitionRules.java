package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.ReplicaMap;
import io.vecraft.proto.journal.CollectionDefinition;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What a collection's definition must be, and what it is where nothing is said. */
final class DefinitionRules {
  static final int DIMENSION_MAX = 65_536;
  static final int SHARDS_MAX = 256;
  static final long WINDOW_S_DEFAULT = 3_600;
  static final long WINDOW_S_MAX = 10L * 365 * 24 * 3_600;
  static final int M_DEFAULT = 16;
  static final int EF_CONSTRUCTION_DEFAULT = 100;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");
  private static final Set<String> METRICS = Set.of("cosine", "dot", "l2");
  private static final Set<String> QUANTIZATIONS = Set.of("none", "lvq8");

  private DefinitionRules() {}

  /** The definition with its defaults, checked. */
  static CollectionDefinition complete(CollectionDefinition given) {
    var d = given.toBuilder();
    if (!NAME.matcher(d.getName()).matches()) {
      throw invalid("name", "\"" + d.getName() + "\" is not of the form " + NAME.pattern());
    }
    range("dimension", Integer.toUnsignedLong(d.getDimension()), 1, DIMENSION_MAX);
    if (d.getMetric().isEmpty()) {
      d.setMetric("cosine");
    }
    oneOf("metric", d.getMetric(), METRICS);
    if (d.getShards() == 0) {
      d.setShards(1);
    }
    range("shards", Integer.toUnsignedLong(d.getShards()), 1, SHARDS_MAX);
    range("replicas", Integer.toUnsignedLong(d.getReplicas()), 0, ReplicaMap.MAX_REPLICAS);
    if (d.getTimeTravelWindowS() == 0) {
      d.setTimeTravelWindowS(WINDOW_S_DEFAULT);
    }
    range("time_travel_window_s", d.getTimeTravelWindowS(), 1, WINDOW_S_MAX);
    if (d.getHnswM() == 0) {
      d.setHnswM(M_DEFAULT);
    }
    range("index.m", Integer.toUnsignedLong(d.getHnswM()), 2, 128);
    if (d.getHnswEfConstruction() == 0) {
      d.setHnswEfConstruction(EF_CONSTRUCTION_DEFAULT);
    }
    range("index.ef_construction", Integer.toUnsignedLong(d.getHnswEfConstruction()), 1, 10_000);
    if (d.getQuantization().isEmpty()) {
      d.setQuantization("none");
    }
    oneOf("index.quantization", d.getQuantization(), QUANTIZATIONS);
    checkSchema(d.getSchemaMap());
    return d.build();
  }

  /** The definition after a change. */
  static CollectionDefinition altered(
      CollectionDefinition old, CollectionAdmin.Alteration alteration) {
    var d = old.toBuilder();
    alteration
        .schemaAdditions()
        .forEach((field, type) -> {
          String declared = old.getSchemaOrDefault(field, type);
          if (!declared.equals(type)) {
            throw new VecraftException(
                ErrorCode.CONFLICT,
                "%s is declared as %s: a declared type does not change".formatted(field, declared),
                "schema." + field);
          }
          d.putSchema(field, type);
        });
    alteration
        .timeTravelWindowS()
        .ifPresent(s -> {
          range("time_travel_window_s", s, 1, WINDOW_S_MAX);
          d.setTimeTravelWindowS(s);
        });
    alteration
        .efConstruction()
        .ifPresent(ef -> {
          range("index.ef_construction", ef, 1, 10_000);
          d.setHnswEfConstruction(ef);
        });
    alteration.replicas().ifPresent(d::setReplicas);
    alteration.pool().ifPresent(pool -> d.setPool(NodePool.stored(pool)));
    return complete(d.build());
  }

  private static void checkSchema(Map<String, String> schema) {
    try {
      MetadataSchema.of(schema);
    } catch (IllegalArgumentException e) {
      throw invalid("schema", String.valueOf(e.getMessage()));
    }
  }

  private static void range(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw invalid(field, field + " is " + value + ", allowed are " + min + " to " + max);
    }
  }

  private static void oneOf(String field, String value, Set<String> allowed) {
    if (!allowed.contains(value)) {
      throw invalid(field, "\"" + value + "\" is not one of " + allowed.stream().sorted().toList());
    }
  }

  private static VecraftException invalid(String field, String message) {
    return new VecraftException(ErrorCode.INVALID_ARGUMENT, message, field);
  }
}
