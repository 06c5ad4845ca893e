package io.vecraft.standalone.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * One HTTP/1.1 connection that sends requests made beforehand. It does as little as it can, so that
 * what is measured is the server: on two cores a full client would cost more than the search. Only
 * for answers with a Content-Length, which those of the search are.
 */
final class RestConnection implements ClosedLoop.Connection {
  /** Different forms of one query. */
  static final int VARIANTS = 10_000;

  /** So far apart that the forms of two connections do not meet soon. */
  static final int VARIANTS_APART = 617;

  private static final String SESSION_TOKEN = "x-session-token:";
  private static final int OK = 200;
  private static final int TOO_MANY = 429;
  private static final int UNAVAILABLE = 503;
  private static final int STATUS_AT = "HTTP/1.1 ".length();
  private static final long PAUSE_NS = 20_000_000;

  private final byte[][] requests;
  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;
  private final int[] variedDigits;
  private int variant;
  private String sessionToken = "";
  private byte[] sessionHeader = new byte[0];
  private byte[] body = new byte[1 << 16];
  private int bodyLength;

  /**
   * @param number of this connection: the requests of two of them differ
   * @param requests of {@link #post} and {@link JsonVectors#search}; copied
   */
  RestConnection(int port, int number, byte[][] requests) {
    this.requests = new byte[requests.length][];
    variedDigits = new int[requests.length];
    for (int i = 0; i < requests.length; i++) {
      this.requests[i] = requests[i].clone();
      variedDigits[i] = JsonVectors.lastVariedDigit(requests[i], vectorAt(requests[i]));
    }
    variant = number * VARIANTS_APART;
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      out = socket.getOutputStream();
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int vectorAt(byte[] request) {
    int at = 0;
    while (request[at] != '[') {
      at++;
    }
    return at;
  }

  /** The bytes of a POST with a JSON body. */
  static byte[] post(String path, byte[] json) {
    byte[] head =
        ("POST "
                + path
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + json.length
                + "\r\n\r\n")
            .getBytes(ISO_8859_1);
    byte[] request = new byte[head.length + json.length];
    System.arraycopy(head, 0, request, 0, head.length);
    System.arraycopy(json, 0, request, head.length, json.length);
    return request;
  }

  @Override
  public void ask(int query) throws IOException {
    JsonVectors.vary(requests[query], variedDigits[query], variant % VARIANTS);
    variant++;
    send(requests[query]);
  }

  /** Sends any request and reads the answer, which must be 200. */
  void send(byte[] request) throws IOException {
    int status = exchange(request);
    if (status != OK) {
      throw new IOException(status + ": " + lastBody());
    }
  }

  /** As {@link #send}, again and again while the server says that it is too busy. */
  void sendUntilTaken(byte[] request) throws IOException {
    int status = exchange(request);
    while (status == TOO_MANY || status == UNAVAILABLE) {
      LockSupport.parkNanos(PAUSE_NS);
      status = exchange(request);
    }
    if (status != OK) {
      throw new IOException(status + ": " + lastBody());
    }
  }

  /** From now on each request is of a session that has seen what the last answer told. */
  void continueSession() {
    sessionHeader = ("X-Session-Token: " + sessionToken + "\r\n").getBytes(ISO_8859_1);
  }

  private int exchange(byte[] request) throws IOException {
    if (sessionHeader.length == 0) {
      out.write(request);
    } else {
      out.write(inSession(request));
    }
    String status = line();
    int length = -1;
    for (String header = line(); !header.isEmpty(); header = line()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring("content-length:".length()).trim());
      } else if (lower.startsWith(SESSION_TOKEN)) {
        sessionToken = header.substring(SESSION_TOKEN.length()).trim();
      }
    }
    if (length < 0) {
      throw new IOException("answer without Content-Length: " + status);
    }
    if (body.length < length) {
      body = new byte[length];
    }
    bodyLength = in.readNBytes(body, 0, length);
    if (bodyLength < length) {
      throw new EOFException("answer ended after " + bodyLength + " of " + length + " bytes");
    }
    return Integer.parseInt(status.substring(STATUS_AT, STATUS_AT + 3));
  }

  /** The request with the session's header as the first one. */
  private byte[] inSession(byte[] request) {
    int at = 0;
    while (request[at] != '\n') {
      at++;
    }
    at++;
    byte[] with = new byte[request.length + sessionHeader.length];
    System.arraycopy(request, 0, with, 0, at);
    System.arraycopy(sessionHeader, 0, with, at, sessionHeader.length);
    System.arraycopy(request, at, with, at + sessionHeader.length, request.length - at);
    return with;
  }

  /** The body of the last answer. */
  String lastBody() {
    return new String(body, 0, bodyLength, java.nio.charset.StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    var line = new StringBuilder(64);
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the server closed the connection");
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
