package io.vecraft.gateway.grpc;

import com.linecorp.armeria.common.RequestHeaders;
import io.grpc.Context;
import io.grpc.Metadata;
import io.vecraft.gateway.call.Call;
import io.vecraft.gateway.call.HeaderNames;

/** One call of a gRPC method: the headers that came and those that go. */
final class GrpcCall {
  static final Context.Key<GrpcCall> KEY = Context.key("vecraft-call");
  static final Metadata.Key<String> REQUEST_ID = key(HeaderNames.REQUEST_ID.toString());
  static final Metadata.Key<String> SESSION_TOKEN = key(HeaderNames.SESSION_TOKEN.toString());

  private final Call call;
  private final RequestHeaders headers;
  private final String method;
  private final io.opentelemetry.context.Context trace;
  private final long start = System.nanoTime();
  private volatile String sessionToken = "";
  private volatile long failedAt;
  private volatile boolean mayHaveWritten;

  GrpcCall(
      Call call, RequestHeaders headers, String method, io.opentelemetry.context.Context trace) {
    this.trace = trace;
    this.call = call;
    this.headers = headers;
    this.method = method;
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  Call call() {
    return call;
  }

  RequestHeaders headers() {
    return headers;
  }

  String method() {
    return method;
  }

  /** What work for the call runs in, for its spans. */
  io.opentelemetry.context.Context trace() {
    return trace;
  }

  long nanos() {
    return System.nanoTime() - start;
  }

  /** The token goes into the headers of the answer, if it is known when they are sent. */
  String token(String token) {
    sessionToken = token;
    return token;
  }

  /** An error tells of the data at that stamp; 0: it does not. */
  void failedAt(long stamp) {
    failedAt = stamp;
  }

  long failedAt() {
    return failedAt;
  }

  void handsOver() {
    mayHaveWritten = true;
  }

  boolean mayHaveWritten() {
    return mayHaveWritten;
  }

  /** Adds to the headers of the answer what all answers have. */
  void complete(Metadata answer) {
    answer.put(REQUEST_ID, call.requestId());
    String token = sessionToken;
    if (!token.isEmpty()) {
      answer.put(SESSION_TOKEN, token);
    }
  }
}
