package io.vecraft.gateway.write;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.index.metadata.MetadataException;
import io.vecraft.index.metadata.MetadataJson;
import io.vecraft.index.metadata.SchemaValidator;
import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.query.VectorChecks;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a written item must be, whoever sent it. Messages name the field by its path. */
final class WriteValidation {
  /** Longest id, bytes of UTF-8. */
  static final int ID_BYTES_MAX = 512;

  private final CollectionDefinition definition;
  private final SchemaValidator schema;

  WriteValidation(CollectionDefinition definition) {
    this.definition = definition;
    this.schema = SchemaValidator.of(MetadataSchema.of(definition.getSchemaMap()));
  }

  /** Ids of one request: present where they must be, not too long, none twice. */
  static void checkIds(List<? extends WriteItem> items, String list) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < items.size(); i++) {
      String id = items.get(i).id();
      String field = list + "[" + i + "].id";
      if (id.isEmpty()) {
        if (!(items.get(i) instanceof WriteItem.Upsert)) {
          throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "id is required", field);
        }
        continue;
      }
      checkId(id, field);
      if (!seen.add(id)) {
        throw new VecraftException(
            ErrorCode.DUPLICATE_ID, "id " + id + " is in the request twice", field);
      }
    }
  }

  /** One id. */
  static void checkId(String id, String field) {
    byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > ID_BYTES_MAX) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          "id has %d bytes, allowed are 1 to %d".formatted(bytes.length, ID_BYTES_MAX),
          field);
    }
    if (!new String(bytes, StandardCharsets.UTF_8).equals(id)) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, "id is not valid Unicode: half of a surrogate pair", field);
    }
  }

  /**
   * The item as it is journaled: metadata in its one form.
   *
   * @param field path of the item
   */
  WriteItem checked(WriteItem item, String field) {
    return switch (item) {
      case WriteItem.Upsert u -> {
        VectorChecks.check(u.vector(), definition, field + ".vector");
        yield new WriteItem.Upsert(
            u.id(), u.vector(), metadata(u.metadata(), field), u.text(), u.condition());
      }
      case WriteItem.Patch p ->
          new WriteItem.Patch(p.id(), metadata(p.metadata(), field), p.condition());
      case WriteItem.Delete d -> d;
    };
  }

  private byte[] metadata(byte[] json, String field) {
    try {
      byte[] canonical = MetadataJson.canonical(json);
      schema.check(canonical);
      return canonical;
    } catch (MetadataException e) {
      ErrorCode code =
          switch (e.kind()) {
            case MALFORMED -> ErrorCode.INVALID_ARGUMENT;
            case LIMIT -> ErrorCode.LIMIT_EXCEEDED;
            case SCHEMA -> ErrorCode.SCHEMA_VIOLATION;
          };
      String path = field + ".metadata" + (e.field().isEmpty() ? "" : "." + e.field());
      throw new VecraftException(code, String.valueOf(e.getMessage()), path);
    }
  }
}
