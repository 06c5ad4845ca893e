package io.vecraft.gateway.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.linecorp.armeria.common.HttpData;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Writes one JSON body into a buffer that becomes the answer's without a copy. Not safe for
 * concurrent use.
 */
public final class JsonOut {
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .build();

  private final Buffer buffer;
  private final JsonGenerator generator;

  /**
   * @param sizeHint bytes that are likely needed
   */
  public JsonOut(int sizeHint) {
    buffer = new Buffer(Math.max(64, sizeHint));
    try {
      generator = JSON.createGenerator(buffer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public JsonOut() {
    this(512);
  }

  public JsonOut object() {
    return write(JsonGenerator::writeStartObject);
  }

  public JsonOut object(String name) {
    return name(name).object();
  }

  public JsonOut endObject() {
    return write(JsonGenerator::writeEndObject);
  }

  public JsonOut array() {
    return write(JsonGenerator::writeStartArray);
  }

  public JsonOut array(String name) {
    return name(name).array();
  }

  public JsonOut endArray() {
    return write(JsonGenerator::writeEndArray);
  }

  public JsonOut name(String name) {
    return write(g -> g.writeFieldName(name));
  }

  public JsonOut text(String name, String value) {
    return name(name).text(value);
  }

  public JsonOut text(String value) {
    return write(g -> g.writeString(value));
  }

  /** The field, if there is a value. */
  public JsonOut text(String name, Optional<String> value) {
    return value.isPresent() ? text(name, value.get()) : this;
  }

  /** A stamp, as decimal text. */
  public JsonOut stamp(String name, long stamp) {
    return text(name, Long.toUnsignedString(stamp));
  }

  public JsonOut number(String name, long value) {
    return name(name).number(value);
  }

  public JsonOut number(long value) {
    return write(g -> g.writeNumber(value));
  }

  public JsonOut number(String name, float value) {
    return write(g -> {
      g.writeFieldName(name);
      g.writeNumber(value);
    });
  }

  public JsonOut number(double value) {
    return write(g -> g.writeNumber(value));
  }

  public JsonOut nothing() {
    return write(JsonGenerator::writeNull);
  }

  public JsonOut bool(boolean value) {
    return write(g -> g.writeBoolean(value));
  }

  public JsonOut bool(String name, boolean value) {
    return write(g -> {
      g.writeFieldName(name);
      g.writeBoolean(value);
    });
  }

  public JsonOut floats(String name, float[] values) {
    return write(g -> {
      g.writeFieldName(name);
      g.writeStartArray();
      for (float value : values) {
        g.writeNumber(value);
      }
      g.writeEndArray();
    });
  }

  /** A JSON value in UTF-8 as it is; an empty one is written as an empty object. */
  public JsonOut raw(String name, byte[] json) {
    return write(g -> {
      g.writeFieldName(name);
      if (json.length == 0) {
        g.writeStartObject();
        g.writeEndObject();
      } else {
        g.writeRawValue(new RawUtf8(json));
      }
    });
  }

  /** The body. Nothing may be written any more. */
  public HttpData data() {
    write(JsonGenerator::close);
    return HttpData.wrap(buffer.bytes, 0, buffer.size);
  }

  /** The body as bytes of its own. */
  public byte[] bytes() {
    write(JsonGenerator::close);
    return Arrays.copyOf(buffer.bytes, buffer.size);
  }

  /** The body as text; for events and tests. */
  public String string() {
    return data().toStringUtf8();
  }

  private JsonOut write(Write step) {
    try {
      step.on(generator);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  @FunctionalInterface
  private interface Write {
    void on(JsonGenerator generator) throws IOException;
  }

  /** A stream into memory whose array can be handed on. */
  private static final class Buffer extends OutputStream {
    private byte[] bytes;
    private int size;

    Buffer(int size) {
      bytes = new byte[size];
    }

    @Override
    public void write(int b) {
      room(1);
      bytes[size++] = (byte) b;
    }

    @Override
    public void write(byte[] from, int offset, int length) {
      room(length);
      System.arraycopy(from, offset, bytes, size, length);
      size += length;
    }

    private void room(int more) {
      if (bytes.length - size < more) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(size, more)));
      }
    }
  }
}
