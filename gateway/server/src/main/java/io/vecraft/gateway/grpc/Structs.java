package io.vecraft.gateway.grpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.json.JsonOut;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Metadata between JSON and {@code Struct}. A Struct's numbers are doubles. Stateless. */
final class Structs {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int DEPTH = 64;

  /** Whole numbers up to here are the same as a double. */
  private static final double EXACT = 1L << 53;

  private Structs() {}

  /** The JSON of a struct; whole numbers are written without a fraction. */
  static byte[] json(Struct struct, String field) {
    JsonOut out = new JsonOut();
    write(out, struct, field, 0);
    return out.bytes();
  }

  private static void write(JsonOut out, Struct struct, String field, int depth) {
    if (depth > DEPTH) {
      throw new VecraftException(ErrorCode.LIMIT_EXCEEDED, "nested deeper than " + DEPTH, field);
    }
    out.object();
    struct
        .getFieldsMap()
        .forEach((name, value) -> {
          out.name(name);
          write(out, value, field, depth + 1);
        });
    out.endObject();
  }

  private static void write(JsonOut out, Value value, String field, int depth) {
    if (depth > DEPTH) {
      throw new VecraftException(ErrorCode.LIMIT_EXCEEDED, "nested deeper than " + DEPTH, field);
    }
    switch (value.getKindCase()) {
      case NUMBER_VALUE -> number(out, value.getNumberValue(), field);
      case STRING_VALUE -> out.text(value.getStringValue());
      case BOOL_VALUE -> out.bool(value.getBoolValue());
      case STRUCT_VALUE -> write(out, value.getStructValue(), field, depth);
      case LIST_VALUE -> {
        out.array();
        for (Value element : value.getListValue().getValuesList()) {
          write(out, element, field, depth + 1);
        }
        out.endArray();
      }
      case NULL_VALUE, KIND_NOT_SET -> out.nothing();
    }
  }

  private static void number(JsonOut out, double number, String field) {
    if (!Double.isFinite(number)) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, number + " is no number of JSON", field);
    }
    if (number == Math.rint(number) && Math.abs(number) <= EXACT) {
      out.number((long) number);
    } else {
      out.number(number);
    }
  }

  /** The struct of a JSON object; empty bytes are an empty one. */
  static Struct struct(byte[] json) {
    if (json.length == 0) {
      return Struct.getDefaultInstance();
    }
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      return object(parser);
    } catch (IOException e) {
      throw new UncheckedIOException("stored metadata is not JSON", e);
    }
  }

  private static Struct object(JsonParser parser) throws IOException {
    Struct.Builder struct = Struct.newBuilder();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      struct.putFields(name == null ? "" : name, value(parser));
    }
    return struct.build();
  }

  private static Value value(JsonParser parser) throws IOException {
    Value.Builder value = Value.newBuilder();
    switch (parser.currentToken()) {
      case START_OBJECT -> value.setStructValue(object(parser));
      case START_ARRAY -> {
        ListValue.Builder list = ListValue.newBuilder();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.addValues(value(parser));
        }
        value.setListValue(list);
      }
      case VALUE_STRING -> value.setStringValue(parser.getText());
      case VALUE_TRUE -> value.setBoolValue(true);
      case VALUE_FALSE -> value.setBoolValue(false);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> value.setNumberValue(parser.getDoubleValue());
      default -> value.setNullValue(NullValue.NULL_VALUE);
    }
    return value.build();
  }
}
