package io.vecraft.standalone.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Bodies of requests. */
final class JsonVectors {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build();

  /** Digits after the point of the number that differs in each request. */
  private static final int VARIED_DIGITS = 8;

  private JsonVectors() {}

  /** Records {@code from} to {@code to - 1}, whose ids are their numbers. */
  static byte[] records(NpyFile.Rows vectors, int from, int to) {
    var out = new ByteArrayOutputStream(1 << 16);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeArrayFieldStart("vectors");
      for (int i = from; i < to; i++) {
        json.writeStartObject();
        json.writeStringField("id", Integer.toString(i));
        json.writeArrayFieldStart("vector");
        for (float x : vectors.row(i)) {
          json.writeNumber(x);
        }
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return out.toByteArray();
  }

  /**
   * A search for ids and scores. The first number of the vector is written with eight digits after
   * the point, so that {@link #vary} can change the last of them.
   */
  static byte[] search(float[] query, int ef) {
    var out = new StringBuilder(query.length * 12 + 64);
    out.append("{\"vector\":[");
    out.append(String.format(java.util.Locale.ROOT, "%." + VARIED_DIGITS + "f", query[0]));
    for (int i = 1; i < query.length; i++) {
      out.append(',').append(query[i]);
    }
    out.append("],\"k\":").append(DataSet.K).append(",\"ef\":").append(ef);
    out.append(",\"include\":[]}");
    return out.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Where the last of the varied digits is in a body of {@link #search}. */
  static int lastVariedDigit(byte[] body, int start) {
    int at = start;
    while (body[at] != ',' && body[at] != ']') {
      at++;
    }
    return at - 1;
  }

  /**
   * Writes a number below 10,000 over the last four digits: another vector as near as makes no
   * difference, so that an answer does not come out of a cache.
   */
  static void vary(byte[] body, int lastDigit, int number) {
    int rest = number;
    for (int i = 0; i < 4; i++) {
      body[lastDigit - i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
