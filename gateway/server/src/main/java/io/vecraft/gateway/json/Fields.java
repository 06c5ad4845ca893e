package io.vecraft.gateway.json;

import java.util.List;

/**
 * The fields that an object may have, by position, and the name of its schema in the OpenAPI
 * document.
 */
public final class Fields {
  /** Duplicates are kept in the bits of one number. */
  private static final int MOST = Long.SIZE;

  private final String schema;
  private final String[] names;

  private Fields(String schema, String[] names) {
    if (names.length > MOST) {
      throw new IllegalArgumentException(schema + " has more than " + MOST + " fields");
    }
    this.schema = schema;
    this.names = names;
  }

  public static Fields of(String schema, String... names) {
    return new Fields(schema, names.clone());
  }

  /** Name of the schema in the OpenAPI document. */
  public String schema() {
    return schema;
  }

  public List<String> names() {
    return List.of(names);
  }

  /** The position of a field, -1 when there is none of that name. */
  int indexOf(String name) {
    // Few names, most of them short: comparing one after the other beats hashing.
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }
}
