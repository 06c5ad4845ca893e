package io.vecraft.index.metadata;

import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.FieldType;
import io.vecraft.index.filter.FieldWalker;
import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.index.filter.Rfc3339;
import java.util.List;

/** Checks metadata of writes against a declared schema. Immutable and safe for many threads. */
public final class SchemaValidator {
  private final FieldWalker walker;
  private final List<FieldPath> fields;
  private final List<FieldType> types;

  private SchemaValidator(MetadataSchema schema) {
    fields = List.copyOf(schema.fields().keySet());
    types = List.copyOf(schema.fields().values());
    walker = new FieldWalker(fields);
  }

  public static SchemaValidator of(MetadataSchema schema) {
    return new SchemaValidator(schema);
  }

  /**
   * Checks that every declared field that is present has the declared type, is an array of it, or
   * null.
   *
   * @throws MetadataException of kind {@code SCHEMA} that names the field, the value's type and the
   *     declared type
   */
  public void check(byte[] metadataJson) {
    walker.walk(metadataJson, new Check());
  }

  private final class Check implements FieldWalker.Sink {
    @Override
    public void present(int slot) {
      // Its values follow.
    }

    @Override
    public void text(int slot, String value) {
      switch (types.get(slot)) {
        case KEYWORD -> {}
        case DATETIME -> {
          if (Rfc3339.parse(value).isEmpty()) {
            throw refused(slot, "a text that is not an RFC 3339 time");
          }
        }
        case INTEGER, FLOAT, BOOL -> throw refused(slot, "a text");
      }
    }

    @Override
    public void integer(int slot, long value) {
      switch (types.get(slot)) {
        case INTEGER, FLOAT -> {}
        case KEYWORD, BOOL, DATETIME -> throw refused(slot, "a number");
      }
    }

    @Override
    public void decimal(int slot, String text) {
      switch (types.get(slot)) {
        case INTEGER -> {
          if (FieldKeys.integer(text).isEmpty()) {
            throw refused(slot, "a number that is not an integer of 64 bits");
          }
        }
        case FLOAT -> {
          if (!Double.isFinite(Double.parseDouble(text))) {
            throw refused(slot, "a number beyond the range of a double");
          }
        }
        case KEYWORD, BOOL, DATETIME -> throw refused(slot, "a number");
      }
    }

    @Override
    public void bool(int slot, boolean value) {
      if (types.get(slot) != FieldType.BOOL) {
        throw refused(slot, "a boolean");
      }
    }

    @Override
    public void other(int slot) {
      throw refused(slot, "an object or an array within an array");
    }

    private MetadataException refused(int slot, String found) {
      String field = fields.get(slot).toString();
      return new MetadataException(
          MetadataException.Kind.SCHEMA,
          "field " + field + " is declared " + types.get(slot).text() + ", not " + found,
          field);
    }
  }
}
