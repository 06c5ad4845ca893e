package io.vecraft.gateway.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A strict reader of one JSON body, token by token and without a tree. Unknown and repeated fields,
 * wrong types, numbers that do not fit and anything after the body are refused with the path of the
 * field. A value is read by the method of its type; {@code null} is a value of the wrong type.
 *
 * <p>Not safe for concurrent use.
 */
public final class JsonIn implements AutoCloseable {
  private static final int SHOWN_CHARS = 200;
  private static final int FIRST_FLOATS = 512;

  /** Where messages of the parser begin to speak of its own settings. */
  private static final List<String> ADVICE = List.of(": enable", " (start marker", " [Source");

  private final byte[] body;
  private final JsonParser parser;
  private Fields[] frames = new Fields[4];
  private long[] seen = new long[4];
  private int depth;

  private JsonIn(byte[] body, JsonParser parser) {
    this.body = body;
    this.parser = parser;
  }

  /** Makes readers with the same bounds. Safe for concurrent use. */
  public static final class Factory {
    private final JsonFactory json;

    /**
     * @param maxDepth nesting of a body
     * @param maxTextBytes length of one text
     */
    public Factory(int maxDepth, int maxTextBytes) {
      this.json =
          new JsonFactoryBuilder()
              .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
              .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
              .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
              // Names of metadata come from outside: interning them would fill a table for good.
              .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(maxDepth)
                      .maxStringLength(maxTextBytes)
                      .maxNameLength(4_096)
                      .maxNumberLength(1_000)
                      .build())
              .build();
    }

    /** A reader that stands on the first token of the body. */
    public JsonIn read(byte[] body) {
      if (body.length == 0) {
        throw new VecraftException(
            ErrorCode.MALFORMED_JSON, "the body is empty; a JSON object is needed");
      }
      JsonIn in;
      try {
        in = new JsonIn(body, json.createParser(body, 0, body.length));
      } catch (IOException e) {
        throw new VecraftException(ErrorCode.MALFORMED_JSON, "the body is not JSON");
      }
      in.next();
      return in;
    }
  }

  /** Enters the object that the reader stands on. */
  public void object(Fields fields) {
    expect(JsonToken.START_OBJECT, "an object");
    if (depth == frames.length) {
      frames = Arrays.copyOf(frames, 2 * depth);
      seen = Arrays.copyOf(seen, 2 * depth);
    }
    frames[depth] = fields;
    seen[depth] = 0;
    depth++;
  }

  /**
   * Goes to the value of the next field of the object entered last; -1 at its end, and the object
   * is left.
   */
  public int field() {
    if (next() == JsonToken.END_OBJECT) {
      depth--;
      return -1;
    }
    Fields fields = frames[depth - 1];
    String name = currentName();
    int index = fields.indexOf(name);
    if (index < 0) {
      throw error(
          ErrorCode.UNKNOWN_FIELD,
          "unknown field \"%s\"; known are %s"
              .formatted(shown(name), String.join(", ", fields.names())));
    }
    long bit = 1L << index;
    if ((seen[depth - 1] & bit) != 0) {
      throw error(ErrorCode.INVALID_ARGUMENT, "the field is there twice");
    }
    seen[depth - 1] |= bit;
    next();
    return index;
  }

  /** Enters the array that the reader stands on. */
  public void array() {
    expect(JsonToken.START_ARRAY, "an array");
  }

  /** Goes to the next element of the array; false at its end. */
  public boolean element() {
    return next() != JsonToken.END_ARRAY;
  }

  /** Enters the object that the reader stands on, of which any name may be a field. */
  public void openObject() {
    expect(JsonToken.START_OBJECT, "an object");
  }

  /** Goes to the next name of an object entered by {@link #openObject}; false at its end. */
  public boolean name() {
    if (next() == JsonToken.END_OBJECT) {
      return false;
    }
    return true;
  }

  /** The name that the reader stands on or whose value it stands on. */
  public String currentName() {
    try {
      String name = parser.currentName();
      return name == null ? "" : name;
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  /** Goes from a name to its value. */
  public void value() {
    next();
  }

  /** A text. */
  public String text() {
    expect(JsonToken.VALUE_STRING, "a text");
    try {
      String text = parser.getText();
      checkSurrogates(text);
      return text;
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  /** Whether the reader stands on a text. */
  public boolean isText() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  /** Whether the reader stands on a number. */
  public boolean isNumber() {
    JsonToken token = parser.currentToken();
    return token != null && token.isNumeric();
  }

  /** Whether the reader stands on an object. */
  public boolean isObject() {
    return parser.currentToken() == JsonToken.START_OBJECT;
  }

  public boolean bool() {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.VALUE_TRUE) {
      return true;
    }
    if (token != JsonToken.VALUE_FALSE) {
      throw wrongType("true or false");
    }
    return false;
  }

  /** A whole number in a range. */
  public long integer(long min, long max) {
    expect(JsonToken.VALUE_NUMBER_INT, "a whole number");
    try {
      long value = parser.getLongValue();
      if (value < min || value > max) {
        throw outOfRange(min, max);
      }
      return value;
    } catch (InputCoercionException e) {
      throw outOfRange(min, max);
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  private VecraftException outOfRange(long min, long max) {
    return error(
        ErrorCode.INVALID_ARGUMENT, "%s is not in %d..%d".formatted(shownText(), min, max));
  }

  /** A number that a float32 can hold, rounded to the nearest. */
  public float number() {
    if (!isNumber()) {
      throw wrongType("a number");
    }
    return finite(ErrorCode.INVALID_ARGUMENT);
  }

  /**
   * An array of numbers that float32 can hold, each rounded to the nearest.
   *
   * @param max of their number
   * @param tooMany the error when there are more, given the path of the array
   */
  public float[] floats(int max, Function<String, VecraftException> tooMany) {
    expect(JsonToken.START_ARRAY, "an array of numbers");
    float[] values = new float[Math.min(max, FIRST_FLOATS)];
    int n = 0;
    for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
      if (token != JsonToken.VALUE_NUMBER_FLOAT && token != JsonToken.VALUE_NUMBER_INT) {
        throw wrongType("a number");
      }
      if (n == values.length) {
        if (n == max) {
          throw tooMany.apply(arrayPath());
        }
        values = Arrays.copyOf(values, (int) Math.min(max, 2L * n));
      }
      values[n++] = finite(ErrorCode.INVALID_VECTOR);
    }
    return n == values.length ? values : Arrays.copyOf(values, n);
  }

  private float finite(ErrorCode code) {
    try {
      float value = parser.getFloatValue();
      if (!Float.isFinite(value)) {
        throw error(code, shownText() + " does not fit a 32-bit float");
      }
      return value;
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  /** The bytes of the value that the reader stands on, as they came; the reader goes to its end. */
  public byte[] raw() {
    int start = (int) parser.currentTokenLocation().getByteOffset();
    skip();
    int end = (int) parser.currentLocation().getByteOffset();
    return Arrays.copyOfRange(body, start, end);
  }

  /** The bytes of the object that the reader stands on, as they came. */
  public byte[] rawObject() {
    if (!isObject()) {
      throw wrongType("an object");
    }
    return raw();
  }

  /** Leaves out the value that the reader stands on. */
  private void skip() {
    try {
      parser.skipChildren();
      if (parser.currentToken() == JsonToken.VALUE_STRING || isNumber()) {
        parser.finishToken();
      }
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  /** Refuses anything after the body. */
  public void end() {
    if (advance() != null) {
      throw new VecraftException(ErrorCode.MALFORMED_JSON, "there is something after the body");
    }
  }

  @Override
  public void close() {
    try {
      parser.close();
    } catch (IOException e) {
      throw new IllegalStateException("the parser of a byte array failed to close", e);
    }
  }

  /** An error about the value or the field that the reader stands on. */
  public VecraftException error(ErrorCode code, String message) {
    return new VecraftException(code, message, path());
  }

  /** The path of what the reader stands on: {@code vectors[0].id}. */
  public String path() {
    var path = new StringBuilder();
    appendPath(parser.getParsingContext(), path);
    return path.toString();
  }

  private String arrayPath() {
    var path = new StringBuilder();
    JsonStreamContext parent = parser.getParsingContext().getParent();
    appendPath(parent, path);
    return path.toString();
  }

  private static void appendPath(@Nullable JsonStreamContext context, StringBuilder path) {
    if (context == null || context.inRoot()) {
      return;
    }
    appendPath(context.getParent(), path);
    if (context.inObject()) {
      String name = context.getCurrentName();
      if (name != null) {
        path.append(path.isEmpty() ? "" : ".").append(shown(name));
      }
    } else if (context.hasCurrentIndex()) {
      path.append('[').append(context.getCurrentIndex()).append(']');
    }
  }

  private void expect(JsonToken token, String what) {
    if (parser.currentToken() != token) {
      throw wrongType(what);
    }
  }

  private VecraftException wrongType(String wanted) {
    JsonToken token = parser.currentToken();
    String found =
        switch (token) {
          case START_OBJECT -> "an object";
          case START_ARRAY -> "an array";
          case VALUE_STRING -> "a text";
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + shownText();
          case VALUE_NULL -> "null";
          case VALUE_TRUE -> "true";
          case VALUE_FALSE -> "false";
          case null, default -> "nothing";
        };
    return error(ErrorCode.INVALID_ARGUMENT, "%s is needed here, not %s".formatted(wanted, found));
  }

  private String shownText() {
    try {
      return shown(parser.getText());
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  /** Text from outside, short enough for a message. */
  static String shown(String text) {
    return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "...";
  }

  /** A text with half a surrogate pair has no UTF-8. */
  private void checkSurrogates(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else {
        throw error(ErrorCode.INVALID_ARGUMENT, "the text holds half a surrogate pair");
      }
    }
  }

  /** What the parser says, without its advice to those who program it. */
  private static String plain(String message) {
    int end = message.length();
    for (String advice : ADVICE) {
      int at = message.indexOf(advice);
      end = at < 0 ? end : Math.min(end, at);
    }
    return shown(message.substring(0, end));
  }

  /** The next token of a body that must not have ended. */
  private JsonToken next() {
    JsonToken token = advance();
    if (token == null) {
      throw new VecraftException(ErrorCode.MALFORMED_JSON, "the body ends too early");
    }
    return token;
  }

  private @Nullable JsonToken advance() {
    try {
      return parser.nextToken();
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  private VecraftException malformed(IOException e) {
    if (e instanceof StreamConstraintsException) {
      return error(ErrorCode.LIMIT_EXCEEDED, plain(String.valueOf(e.getMessage())));
    }
    if (e instanceof JsonEOFException) {
      return error(ErrorCode.MALFORMED_JSON, "the body ends too early");
    }
    if (e instanceof JsonProcessingException json) {
      long at = json.getLocation() == null ? 0 : json.getLocation().getByteOffset();
      return error(
          ErrorCode.MALFORMED_JSON,
          "%s at byte %d".formatted(plain(json.getOriginalMessage()), Math.max(0, at)));
    }
    return error(ErrorCode.MALFORMED_JSON, "the body is not JSON in UTF-8");
  }
}
