package io.vecraft.standalone.api;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * HTTP/1.1 as bytes: what no client library would send, and the answer as it came. One connection
 * for each request; an answer that does not come within the socket's timeout is an error.
 */
final class RawHttp {
  private static final int TIMEOUT_MS = 60_000;
  private static final byte[] NO_BODY = new byte[0];

  private final int port;

  RawHttp(int port) {
    this.port = port;
  }

  /** An answer; names of headers are in lower case. */
  record Response(int status, Map<String, List<String>> headers, byte[] body) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name)).map(List::getFirst);
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** The bytes of a request; {@code headers} are whole lines without their ends. */
  static byte[] request(String method, String target, List<String> headers, byte[] body) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(latin(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n"));
    for (String header : headers) {
      out.writeBytes(latin(header + "\r\n"));
    }
    if (body.length > 0) {
      boolean typed = headers.stream().anyMatch(h -> lower(h).startsWith("content-type:"));
      out.writeBytes(latin(typed ? "" : "Content-Type: application/json\r\n"));
      out.writeBytes(latin("Content-Length: " + body.length + "\r\n"));
    }
    out.writeBytes(latin("\r\n"));
    out.writeBytes(body);
    return out.toByteArray();
  }

  static byte[] request(String method, String target, String body) {
    return request(method, target, List.of(), body.getBytes(StandardCharsets.UTF_8));
  }

  /** Characters up to 255 as the byte of that number. */
  static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  Response send(String method, String target, String body, String... headers) {
    return send(request(method, target, List.of(headers), body.getBytes(StandardCharsets.UTF_8)));
  }

  /** Sends bytes and reads one answer. */
  Response send(byte[] request) {
    boolean head = new String(request, 0, 4, StandardCharsets.ISO_8859_1).equals("HEAD");
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(TIMEOUT_MS);
      socket.getOutputStream().write(request);
      InputStream in = socket.getInputStream();
      Response response = read(in, head);
      while (response.status() / 100 == 1) {
        response = read(in, head);
      }
      return response;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Response read(InputStream in, boolean head) throws IOException {
    String[] first = line(in).split(" ", 3);
    int status = Integer.parseInt(first[1]);
    Map<String, List<String>> headers = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers
          .computeIfAbsent(lower(line.substring(0, colon)), n -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    return new Response(status, headers, head || status < 200 ? NO_BODY : body(in, headers));
  }

  private static byte[] body(InputStream in, Map<String, List<String>> headers) throws IOException {
    if (headers.containsKey("content-length")) {
      return in.readNBytes(Integer.parseInt(headers.get("content-length").getFirst()));
    }
    var body = new ByteArrayOutputStream();
    for (int n = chunk(in); n > 0; n = chunk(in)) {
      body.writeBytes(in.readNBytes(n));
      line(in);
    }
    line(in);
    return body.toByteArray();
  }

  private static int chunk(InputStream in) throws IOException {
    return Integer.parseInt(line(in), 16);
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the connection was closed after \"" + line + '"');
      }
      line.append((char) b);
    }
    return line.toString().stripTrailing();
  }
}
