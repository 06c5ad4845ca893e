package io.vecraft.index.filter;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Declared types of metadata fields. Immutable; fields are in the order of their text form.
 *
 * @param fields at most {@value #FIELDS_MAX}
 */
public record MetadataSchema(Map<FieldPath, FieldType> fields) {
  /** Most fields that a schema declares. */
  public static final int FIELDS_MAX = 256;

  /** Declares nothing. */
  public static final MetadataSchema EMPTY = new MetadataSchema(Map.of());

  public MetadataSchema {
    if (fields.size() > FIELDS_MAX) {
      throw new IllegalArgumentException(
          "a schema has at most " + FIELDS_MAX + " fields, not " + fields.size());
    }
    Map<String, FieldPath> names = new TreeMap<>();
    fields.keySet().forEach(path -> names.put(path.toString(), path));
    Map<FieldPath, FieldType> ordered = new LinkedHashMap<>();
    Map<FieldPath, FieldType> given = fields;
    names.values().forEach(path -> ordered.put(path, given.getOrDefault(path, FieldType.KEYWORD)));
    fields = Collections.unmodifiableMap(ordered);
  }

  /**
   * The schema of a definition: names as in filters ({@code a.b}), types by {@link
   * FieldType#text()}.
   *
   * @throws IllegalArgumentException names the field with a bad name or an unknown type
   */
  public static MetadataSchema of(Map<String, String> definition) {
    Map<FieldPath, FieldType> fields = new LinkedHashMap<>();
    definition.forEach((name, type) -> {
      FieldPath path;
      try {
        path = FieldPath.parse(name);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("field " + name + ": " + e.getMessage(), e);
      }
      fields.put(
          path,
          FieldType.of(type)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "field "
                          + name
                          + ": unknown type "
                          + type
                          + ", known are keyword, integer, float, bool, datetime")));
    });
    return new MetadataSchema(fields);
  }

  /** The declared type of a field. */
  public Optional<FieldType> type(FieldPath field) {
    return Optional.ofNullable(fields.get(field));
  }
}
