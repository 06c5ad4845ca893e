package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import io.netty.util.AsciiString;
import io.vecraft.gateway.json.JsonOut;
import java.util.function.Supplier;

/** What a handler answers, before the headers that all answers have. For one thread. */
final class Answer {
  private final ResponseHeadersBuilder headers;
  private final HttpData body;

  private Answer(int status, MediaType type, HttpData body) {
    this.headers = ResponseHeaders.builder(HttpStatus.valueOf(status)).contentType(type);
    this.body = body;
  }

  static Answer json(int status, JsonOut out) {
    return new Answer(status, MediaType.JSON, out.data());
  }

  static Answer of(int status, MediaType type, HttpData body) {
    return new Answer(status, type, body);
  }

  Answer header(AsciiString name, String value) {
    headers.set(name, value);
    return this;
  }

  /** Adds a header unless the answer has it. */
  Answer headerIfAbsent(AsciiString name, Supplier<String> value) {
    if (!headers.contains(name)) {
      headers.set(name, value.get());
    }
    return this;
  }

  int status() {
    return headers.status().code();
  }

  AggregatedHttpResponse whole() {
    headers.contentLength(body.length());
    return AggregatedHttpResponse.of(headers.build(), body);
  }

  HttpResponse response() {
    headers.contentLength(body.length());
    return HttpResponse.of(headers.build(), body);
  }
}
