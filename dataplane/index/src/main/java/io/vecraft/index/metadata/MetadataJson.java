package io.vecraft.index.metadata;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.JsonNumbers;
import io.vecraft.index.metadata.MetadataException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Metadata as JSON bytes: one form for equal objects, and patches of it. Stateless.
 *
 * <p>Limits: the bytes of the result, {@value FieldPath#KEYS_MAX} levels of objects and arrays, and
 * numbers as in {@link JsonNumbers}.
 */
public final class MetadataJson {
  /** Most bytes of metadata, unless configured otherwise. */
  public static final int BYTES_MAX = 64 * 1024;

  private static final byte[] EMPTY = {'{', '}'};

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
          .configure(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES, false)
          .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNestingDepth(2 * FieldPath.KEYS_MAX)
                  .build())
          .build();

  private MetadataJson() {}

  /**
   * Checks metadata and gives its one form: no white space, keys in order, texts with the fewest
   * escapes, numbers as they were given. Empty input is {@code {}}.
   *
   * @param bytesMax most bytes of the result
   * @throws MetadataException when it is not a JSON object in UTF-8, has a key twice, or passes a
   *     limit
   */
  public static byte[] canonical(byte[] json, int bytesMax) {
    if (json.length == 0) {
      return EMPTY.clone();
    }
    // White space and escapes may make the input larger than the result, but not without end.
    if (json.length > 6L * bytesMax + 1024) {
      throw tooLarge(bytesMax);
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
    } catch (CharacterCodingException e) {
      throw new MetadataException(Kind.MALFORMED, "metadata is not UTF-8", "");
    }
    StringBuilder out = new StringBuilder(text.length());
    Map<String, String> fields = topLevel(text);
    write(fields, out);
    byte[] canonical = encode(out);
    if (canonical.length > bytesMax) {
      throw tooLarge(bytesMax);
    }
    return canonical;
  }

  /** As {@link #canonical(byte[], int)} with {@link #BYTES_MAX}. */
  public static byte[] canonical(byte[] json) {
    return canonical(json, BYTES_MAX);
  }

  /**
   * Applies a patch: its keys replace those of {@code base}, a null removes the key. Both are in
   * canonical form, and so is the result. A pure function, so replicas agree.
   *
   * @return empty when the result has more than {@code bytesMax} bytes
   */
  public static Optional<byte[]> merge(byte[] base, byte[] patch, int bytesMax) {
    Map<String, String> fields = topLevel(new String(base, StandardCharsets.UTF_8));
    topLevel(new String(patch, StandardCharsets.UTF_8))
        .forEach((key, value) -> {
          if (value.equals("null")) {
            fields.remove(key);
          } else {
            fields.put(key, value);
          }
        });
    StringBuilder out = new StringBuilder(base.length + patch.length);
    write(fields, out);
    byte[] merged = encode(out);
    return merged.length <= bytesMax ? Optional.of(merged) : Optional.empty();
  }

  /** The keys of an object in order, each with its value in canonical form. */
  private static Map<String, String> topLevel(String text) {
    if (text.isEmpty()) {
      return new TreeMap<>();
    }
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MetadataException(Kind.MALFORMED, "metadata is not a JSON object", "");
      }
      Map<String, String> fields = object(parser, 1);
      if (parser.nextToken() != null) {
        throw new MetadataException(Kind.MALFORMED, "something follows the JSON object", "");
      }
      return fields;
    } catch (JsonProcessingException e) {
      throw new MetadataException(
          Kind.MALFORMED, "metadata is not JSON: " + e.getOriginalMessage(), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> object(JsonParser parser, int depth) throws IOException {
    if (depth > FieldPath.KEYS_MAX) {
      throw tooDeep();
    }
    Map<String, String> fields = new TreeMap<>();
    StringBuilder value = new StringBuilder();
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      parser.nextToken();
      value(parser, value, depth);
      fields.put(key, value.toString());
      value.setLength(0);
    }
    return fields;
  }

  private static void value(JsonParser parser, StringBuilder out, int depth) throws IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> write(object(parser, depth + 1), out);
      case START_ARRAY -> {
        if (depth + 1 > FieldPath.KEYS_MAX) {
          throw tooDeep();
        }
        out.append('[');
        boolean first = true;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          if (!first) {
            out.append(',');
          }
          first = false;
          value(parser, out, depth + 1);
        }
        out.append(']');
      }
      case VALUE_STRING -> quote(parser.getText(), out);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        String number = parser.getText();
        if (JsonNumbers.parse(number).isEmpty()) {
          throw new MetadataException(
              Kind.LIMIT,
              "a number in metadata has more than "
                  + JsonNumbers.DIGITS_MAX
                  + " digits or an exponent beyond "
                  + JsonNumbers.EXPONENT_MAX,
              "");
        }
        out.append(number);
      }
      case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> out.append(parser.getText());
      default -> throw new MetadataException(Kind.MALFORMED, "metadata ends too early", "");
    }
  }

  private static void write(Map<String, String> fields, StringBuilder out) {
    out.append('{');
    boolean first = true;
    for (Map.Entry<String, String> field : fields.entrySet()) {
      if (!first) {
        out.append(',');
      }
      first = false;
      quote(field.getKey(), out);
      out.append(':').append(field.getValue());
    }
    out.append('}');
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, out);
    out.append('"');
  }

  private static byte[] encode(StringBuilder out) {
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(out));
      byte[] encoded = new byte[bytes.remaining()];
      bytes.get(encoded);
      return encoded;
    } catch (CharacterCodingException e) {
      throw new MetadataException(
          Kind.MALFORMED, "a text in metadata has a half surrogate pair", "");
    }
  }

  private static MetadataException tooLarge(int bytesMax) {
    return new MetadataException(
        Kind.LIMIT, "metadata has more than " + bytesMax + " bytes of JSON", "");
  }

  private static MetadataException tooDeep() {
    return new MetadataException(
        Kind.LIMIT, "metadata nests deeper than " + FieldPath.KEYS_MAX, "");
  }
}
