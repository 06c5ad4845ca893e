package io.vecraft.index.filter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads chosen fields of metadata in one pass over its bytes, without building a tree. What lies
 * elsewhere is skipped, and reading ends when every field has been seen.
 *
 * <p>A path walks objects only: {@code a.b} does not look into an array at {@code a}. Immutable and
 * safe for many threads.
 */
public final class FieldWalker {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
          .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final Node root = new Node();
  private final int slots;

  /** A walker over fields; a field's slot is its place in the list. Fields are distinct. */
  public FieldWalker(List<FieldPath> fields) {
    slots = fields.size();
    for (int slot = 0; slot < slots; slot++) {
      Node node = root;
      for (String key : fields.get(slot).keys()) {
        node = node.children.computeIfAbsent(key, k -> new Node());
      }
      if (node.slot >= 0) {
        throw new IllegalArgumentException("the field " + fields.get(slot) + " is there twice");
      }
      node.slot = slot;
    }
  }

  /**
   * Reads metadata.
   *
   * @param metadataJson a JSON object in UTF-8 without duplicate keys; empty means {@code {}}
   * @throws IllegalArgumentException when it is not JSON
   */
  public void walk(byte[] metadataJson, Sink sink) {
    if (metadataJson.length == 0 || slots == 0) {
      return;
    }
    try (JsonParser parser = JSON.createParser(metadataJson)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("metadata is not a JSON object");
      }
      object(parser, root, sink, slots);
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw new IllegalArgumentException("metadata is not JSON", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads an object whose start has been read; answers how many slots were not seen yet. */
  private static int object(JsonParser parser, Node node, Sink sink, int unseen)
      throws IOException {
    int left = unseen;
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      Node child = node.children.get(key);
      JsonToken token = parser.nextToken();
      if (child == null) {
        parser.skipChildren();
        continue;
      }
      if (child.slot >= 0) {
        left--;
      }
      left = value(parser, token, child, sink, left);
      if (left == 0) {
        return 0;
      }
    }
    return left;
  }

  private static int value(
      JsonParser parser, @Nullable JsonToken token, Node node, Sink sink, int unseen)
      throws IOException {
    if (token == JsonToken.VALUE_NULL) {
      return unseen;
    }
    int slot = node.slot;
    if (slot >= 0) {
      sink.present(slot);
    }
    if (token == JsonToken.START_OBJECT) {
      if (slot >= 0) {
        sink.other(slot);
      }
      if (!node.children.isEmpty()) {
        return object(parser, node, sink, unseen);
      }
      parser.skipChildren();
    } else if (slot < 0) {
      parser.skipChildren();
    } else if (token == JsonToken.START_ARRAY) {
      for (JsonToken e = parser.nextToken(); e != JsonToken.END_ARRAY; e = parser.nextToken()) {
        if (e == JsonToken.START_OBJECT || e == JsonToken.START_ARRAY) {
          sink.other(slot);
          parser.skipChildren();
        } else {
          scalar(parser, e, slot, sink);
        }
      }
    } else {
      scalar(parser, token, slot, sink);
    }
    return unseen;
  }

  private static void scalar(JsonParser parser, @Nullable JsonToken token, int slot, Sink sink)
      throws IOException {
    switch (token) {
      case VALUE_STRING -> sink.text(slot, parser.getText());
      case VALUE_TRUE -> sink.bool(slot, true);
      case VALUE_FALSE -> sink.bool(slot, false);
      case VALUE_NUMBER_INT -> {
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
          sink.decimal(slot, parser.getText());
        } else {
          sink.integer(slot, parser.getLongValue());
        }
      }
      case VALUE_NUMBER_FLOAT -> sink.decimal(slot, parser.getText());
      case VALUE_NULL -> {}
      case null, default -> throw new IllegalArgumentException("metadata ends too early");
    }
  }

  /**
   * Takes the values of fields, those of an array one by one; nulls are left out. Used by one
   * thread.
   */
  public interface Sink {
    /** The field has a value that is not null, perhaps an empty array; comes before its values. */
    void present(int slot);

    /** A text. */
    void text(int slot, String value);

    /** A number written as an integer of 64 bits. */
    void integer(int slot, long value);

    /** Any other number, as it is written. */
    void decimal(int slot, String text);

    /** A boolean. */
    void bool(int slot, boolean value);

    /** An object, or an array inside an array: equal to nothing. */
    void other(int slot);
  }

  private static final class Node {
    final Map<String, Node> children = new HashMap<>();
    int slot = -1;
  }
}
