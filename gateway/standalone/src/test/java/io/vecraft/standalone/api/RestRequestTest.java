package io.vecraft.standalone.api;

import static io.vecraft.standalone.api.ErrorAnswers.ANY;
import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad requests around the body: lines, headers, paths, queries, methods, media types, lengths. */
class RestRequestTest {
  private static final String SEARCH = "/v1/vectors/search";
  private static final String GOOD = "{\"vector\":[1,2],\"collection\":\"c\"}";
  private static final int BODY_BYTES = 4_096;

  @TempDir static Path directory;
  private static Standalone server;
  private static RawHttp http;

  @BeforeAll
  static void start() {
    server =
        Standalone.start(
            StandaloneConfig.builder(directory)
                .port(0)
                .limits(Limits.defaults().with(Limit.BODY_BYTES, BODY_BYTES))
                .build());
    http = new RawHttp(server.port());
    assertThat(http.send("PUT", "/v1/collections/c", "{\"dimension\":2}").status()).isEqualTo(201);
    for (String id : List.of("a", "a;b")) {
      String body = "{\"vectors\":[{\"id\":\"" + id + "\",\"vector\":[1,2]}],\"ack\":\"applied\"}";
      assertThat(http.send("POST", "/v1/collections/c/vectors", body).status()).isEqualTo(200);
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  record Case(String name, byte[] request, int status, String code, String field) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case raw(String name, String request, int status, String code) {
    return new Case(name, RawHttp.latin(request), status, code, ANY);
  }

  private static Case header(String method, String target, String line, String code, String field) {
    byte[] body = method.equals("POST") ? GOOD.getBytes(StandardCharsets.UTF_8) : new byte[0];
    int status = code.equals("unauthenticated") ? 401 : 400;
    String shown = line.length() > 60 ? line.substring(0, 60) + "..." : line;
    return new Case(
        method + " " + target + " " + shown,
        RawHttp.request(method, target, List.of(line.split("\n")), body),
        status,
        code,
        field);
  }

  private static Case target(String method, String target, int status, String code, String field) {
    byte[] body = method.equals("POST") ? GOOD.getBytes(StandardCharsets.UTF_8) : new byte[0];
    return new Case(
        method + " " + target,
        RawHttp.request(method, target, List.of(), body),
        status,
        code,
        field);
  }

  static Stream<Case> headers() {
    var cases = new ArrayList<Case>();
    String bad = "invalid_header";
    for (String target : List.of(SEARCH, "/v1/collections", "/v1/cluster", "/v1/journal")) {
      String method = target.equals(SEARCH) ? "POST" : "GET";
      for (String id :
          List.of(
              "",
              "a b",
              "a/b",
              "\u00e4",
              "\u00c3\u00a4",
              "a\tb",
              "{}",
              "a".repeat(129),
              "a\nX-Request-Id: b")) {
        cases.add(header(method, target, "X-Request-Id: " + id, bad, "X-Request-Id"));
      }
      for (String ms :
          List.of(
              "",
              "0",
              "-1",
              "+1",
              "1.5",
              "1e3",
              "x",
              "0x1",
              "1 2",
              "9".repeat(20),
              "1\nX-Timeout-Ms: 1")) {
        cases.add(header(method, target, "X-Timeout-Ms: " + ms, bad, "X-Timeout-Ms"));
      }
      cases.add(header(method, target, "X-Timeout-Ms: 300001", "limit_exceeded", "X-Timeout-Ms"));
      for (String level :
          List.of(
              "", "STRONG", "weak", "strong,eventual", "eventual\nX-Consistency-Level: strong")) {
        cases.add(
            header(method, target, "X-Consistency-Level: " + level, bad, "X-Consistency-Level"));
      }
      for (String ms :
          List.of(
              "", "-1", "1.5", "x", "31622400001", "9".repeat(30), "1\nX-Max-Staleness-Ms: 2")) {
        cases.add(header(method, target, "X-Max-Staleness-Ms: " + ms, bad, "X-Max-Staleness-Ms"));
      }
      for (String token : List.of("", "x", "A".repeat(34), "A".repeat(5_000), "\u00e4")) {
        cases.add(
            header(
                method, target, "X-Session-Token: " + token, "invalid_token", "X-Session-Token"));
      }
      String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
      for (String parent :
          List.of(
              "",
              "x",
              "00-" + trace,
              "00-" + "0".repeat(32) + "-00f067aa0ba902b7-01",
              "ff-" + trace + "-00f067aa0ba902b7-01",
              "00-" + trace.toUpperCase() + "-00f067aa0ba902b7-01",
              "00-" + trace + "-00f067aa0ba902b7-01-x")) {
        cases.add(header(method, target, "traceparent: " + parent, bad, "traceparent"));
      }
      for (String key :
          List.of(
              "Authorization: Basic eDp5",
              "Authorization:",
              "Authorization: Bearer",
              "Authorization: Bearer x",
              "X-Api-Key:",
              "X-Api-Key: vk_0123456789abcdef_x",
              "X-Api-Key: " + "k".repeat(5_000))) {
        cases.add(header(method, target, key, "unauthenticated", ANY));
      }
    }
    for (String id : List.of("", "x", "0", "-1", "9223372036854775808")) {
      cases.add(header("GET", "/v1/journal/tail", "Last-Event-ID: " + id, bad, "Last-Event-ID"));
    }
    return cases.stream();
  }

  static Stream<Case> lines() {
    String get = "GET /v1/collections HTTP/1.1\r\nHost: a\r\n";
    String post = "POST " + SEARCH + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    String bad = "invalid_argument";
    return Stream.of(
        raw("no colon", get + "X-Timeout-Ms\r\n\r\n", 400, bad),
        raw("space in a header's name", get + "X Timeout: 5\r\n\r\n", 400, bad),
        raw("space before the colon", get + "X-Timeout-Ms : 5\r\n\r\n", 400, bad),
        raw("no name", get + ": 5\r\n\r\n", 400, bad),
        raw("control character", get + "X-Request-Id: a\u0001b\r\n\r\n", 400, bad),
        raw("zero byte", get + "X-Request-Id: a\u0000b\r\n\r\n", 400, bad),
        raw("headers over their limit", get + "X-A: " + "a".repeat(40_000) + "\r\n\r\n", 400, bad),
        raw("path over its limit", "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n", 400, bad),
        raw("no HTTP at all", "\u0000\u0001\u0002\r\n\r\n", 400, bad),
        raw("absolute form", "GET http://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n", 400, bad),
        raw("authority form", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400, bad),
        raw("bad escape", "GET /v1/collections/%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, bad),
        raw("dots", "GET /v1/../v1/keys HTTP/1.1\r\nHost: a\r\n\r\n", 400, bad),
        raw("negative length", post + "Content-Length: -5\r\n\r\n", 400, bad),
        raw("length that is no number", post + "Content-Length: x\r\n\r\n", 400, bad),
        raw("two lengths", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400, bad),
        raw(
            "length and chunks",
            post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            bad),
        raw("bad chunk", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", 400, bad),
        raw("unknown transfer encoding", post + "Transfer-Encoding: x\r\n\r\n", 400, bad),
        raw("unknown expectation", post + "Expect: x\r\nContent-Length: 2\r\n\r\n{}", 400, bad),
        raw("websocket", get + "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 400, bad),
        raw(
            "length over the limit",
            post + "Content-Length: " + (BODY_BYTES + 1) + "\r\n\r\n",
            413,
            "body_too_large"),
        raw(
            "length over all limits",
            post + "Content-Length: 999999999999\r\n\r\n",
            413,
            "body_too_large"),
        raw(
            "chunks over the limit",
            post
                + "Transfer-Encoding: chunked\r\n\r\n1001\r\n"
                + " ".repeat(0x1001)
                + "\r\n0\r\n\r\n",
            413,
            "body_too_large"),
        raw("no body", post + "\r\n", 400, "malformed_json"));
  }

  static Stream<Case> targets() {
    var cases = new ArrayList<Case>();
    String vectors = "/v1/collections/c/vectors/";
    String bad = "invalid_argument";
    for (String path :
        List.of(
            "/",
            "/v1",
            "/v1/",
            "/v2/collections",
            "/v1/collections/",
            "/v1/collections;a=b",
            "/V1/collections",
            "/v1/collections/c/vectors/a/x",
            "/v1/journal/9/records",
            "/healthz/")) {
      cases.add(target("GET", path, 404, "not_found", ANY));
    }
    for (String name : List.of("A", "_a", "a.b", "a%20b", "%C3%A4", "a".repeat(64), "a%2Fb")) {
      cases.add(target("GET", "/v1/collections/" + name, 400, bad, "collection"));
      cases.add(target("GET", "/v1/collections/" + name + "/vectors/a", 400, bad, "collection"));
      cases.add(target("DELETE", "/v1/collections/" + name, 400, bad, "collection"));
      cases.add(target("POST", "/v1/collections/" + name + "/search", 400, bad, "collection"));
    }
    cases.add(target("GET", vectors + "%ff", 400, bad, "path"));
    cases.add(target("GET", vectors + "x".repeat(513), 400, bad, "id"));
    cases.add(target("GET", vectors + "%C3%A4".repeat(257), 400, bad, "id"));
    cases.add(target("GET", vectors + "a/history?limit=0", 400, bad, "limit"));
    cases.add(target("GET", vectors + "a/history?limit=10001", 400, "limit_exceeded", "limit"));
    cases.add(target("GET", vectors + "a/history?cursor=", 400, bad, "cursor"));
    cases.add(target("GET", vectors + "a/history?cursor=x", 400, bad, "cursor"));
    for (String asOf :
        List.of(
            "",
            "0",
            "-1",
            "x",
            "1.5",
            "9223372036854775808",
            "2026-02-30T00:00:00Z",
            "2026-01-01",
            "%ff")) {
      cases.add(target("GET", vectors + "a?as_of=" + asOf, 400, bad, "as_of"));
    }
    cases.add(
        target("GET", vectors + "a?as_of=9223372036854775807", 400, "stamp_in_future", "as_of"));
    cases.add(
        target("GET", vectors + "a?as_of=9999-12-31T23:59:59Z", 400, "stamp_in_future", "as_of"));
    cases.add(target("GET", vectors + "a?as_of=1&as_of=1", 400, bad, "as_of"));
    cases.add(target("GET", vectors + "a?asof=1", 400, "unknown_field", "asof"));
    cases.add(target("GET", "/v1/collections?limit=1", 400, "unknown_field", "limit"));
    cases.add(target("DELETE", vectors + "a?if_version=x", 400, bad, "if_version"));
    cases.add(target("DELETE", vectors + "a?if_version=0", 400, bad, "if_version"));
    cases.add(target("DELETE", vectors + "a?ack=none", 400, bad, "ack"));
    for (String partition : List.of("x", "0", "-1", "1.5", "256", "4294967297")) {
      cases.add(
          target(
              "GET",
              "/v1/journal/" + partition + "/records",
              status(partition),
              status(partition) == 404 ? "not_found" : bad,
              "partition"));
    }
    for (String from : List.of("x", "-1", "1.5", "9".repeat(20))) {
      cases.add(target("GET", "/v1/journal/1/records?from=" + from, 400, bad, "from"));
    }
    cases.add(target("GET", "/v1/journal/tail?from=x", 400, bad, "from"));
    cases.add(target("GET", "/v1/journal/tail?collection=A", 400, bad, "collection"));
    cases.add(target("GET", "/v1/journal/tail?collection=none", 404, "collection_not_found", ANY));
    cases.add(target("GET", "/v1/operations/a%20b", 400, bad, "request_id"));
    cases.add(target("GET", "/v1/operations/none", 404, "request_not_found", "request_id"));
    cases.add(target("GET", "/v1/collections/none", 404, "collection_not_found", ANY));
    cases.add(target("GET", "/v1/collections/none/vectors/a", 404, "collection_not_found", ANY));
    cases.add(
        target("GET", "/v1/collections/none/vectors/a/history", 404, "collection_not_found", ANY));
    cases.add(target("GET", vectors + "none", 404, "record_not_found", "id"));
    cases.add(target("POST", "/v1/collections/none/search", 400, bad, "collection"));
    cases.add(target("DELETE", "/v1/collections/none", 404, "collection_not_found", ANY));
    cases.add(target("DELETE", "/v1/collections/none/vectors/a", 404, "collection_not_found", ANY));
    cases.add(target("DELETE", "/v1/keys/" + "k".repeat(129), 400, bad, "key"));
    cases.add(target("DELETE", "/v1/keys/none", 404, "not_found", ANY));
    return cases.stream();
  }

  /** A number that no partition has is unknown; what is no such number is wrong. */
  private static int status(String partition) {
    return partition.matches("[0-9]{1,3}") ? 404 : 400;
  }

  static Stream<Case> methods() {
    var cases = new ArrayList<Case>();
    String no = "method_not_allowed";
    for (String path :
        List.of(
            "/v1/vectors",
            SEARCH,
            "/v1/collections",
            "/v1/collections/c",
            "/v1/collections/c/search",
            "/v1/collections/c/vectors",
            "/v1/collections/c/vectors/a",
            "/v1/collections/c/vectors/a/history",
            "/v1/collections/c/shards/0",
            "/v1/transactions",
            "/v1/operations/x",
            "/v1/journal",
            "/v1/journal/3",
            "/v1/journal/tail",
            "/v1/journal/1/records",
            "/v1/cluster",
            "/v1/keys",
            "/v1/keys/x",
            "/v1/nodes/x/drain",
            "/healthz",
            "/readyz",
            "/metrics",
            "/openapi.json")) {
      for (String method : List.of("OPTIONS", "TRACE", "FOO", "get", "QUERY")) {
        cases.add(
            raw(
                method + " " + path,
                method + " " + path + " HTTP/1.1\r\nHost: a\r\n\r\n",
                405,
                no));
      }
    }
    cases.add(target("GET", SEARCH, 405, no, ANY));
    cases.add(target("PUT", "/v1/vectors", 405, no, ANY));
    cases.add(target("POST", "/v1/collections/c", 405, no, ANY));
    cases.add(target("GET", "/vecraft.v1.RecordService/Get", 405, no, ANY));
    cases.add(
        raw(
            "unknown method, unknown path",
            "FOO /nope HTTP/1.1\r\nHost: a\r\n\r\n",
            404,
            "not_found"));
    String media = "unsupported_media_type";
    for (String type :
        List.of(
            "text/plain",
            ";;;",
            "application/json; charset=utf-16",
            "application/x-ndjson",
            "multipart/form-data",
            "application/json; charset=nonsense",
            "application/xml")) {
      cases.add(media(SEARCH, "Content-Type: " + type, 415, media, "Content-Type"));
    }
    for (String encoding : List.of("gzip", "br", "x")) {
      cases.add(media(SEARCH, "Content-Encoding: " + encoding, 415, media, "Content-Encoding"));
    }
    cases.add(
        media(
            SEARCH,
            "Content-Type: application/json\nContent-Type: text/plain",
            400,
            "invalid_header",
            "Content-Type"));
    cases.add(
        media(
            "/vecraft.v1.VectorSearchService/Search",
            "Content-Type: application/json",
            415,
            media,
            "Content-Type"));
    return cases.stream();
  }

  private static Case media(String path, String line, int status, String code, String field) {
    return new Case(
        "POST " + path + " " + line,
        RawHttp.request(
            "POST", path, List.of(line.split("\n")), GOOD.getBytes(StandardCharsets.UTF_8)),
        status,
        code,
        field);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"headers", "lines", "targets", "methods"})
  void isRefusedAndLeavesNothing(Case bad) {
    long before = ErrorAnswers.journaled(http);
    ErrorAnswers.check(http.send(bad.request()), bad.status(), bad.code(), bad.field());
    assertThat(ErrorAnswers.journaled(http)).as("journaled").isEqualTo(before);
  }

  @Test
  void theIdOfARequestThatTheServerRefusesIsTheGivenOne() {
    var answer =
        http.send(RawHttp.latin("FOO /healthz HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n"));
    assertThat(answer.header("x-request-id")).contains("mine");
  }

  @Test
  void aSemicolonInAPathBelongsToTheId() {
    for (String id : List.of("a;b", "a%3Bb")) {
      var answer = http.send("GET", "/v1/collections/c/vectors/" + id, "");
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(ErrorAnswers.json(answer).path("id").asText()).isEqualTo("a;b");
    }
  }

  @Test
  void aRequestThatEndsEarlyDoesNoHarm() throws Exception {
    for (String part :
        List.of(
            "PO",
            "POST /v1/vectors HTTP/1.1\r\nHost: a\r\n",
            "POST /v1/vectors HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"vector\":[1,2],")) {
      long before = ErrorAnswers.journaled(http);
      try (var socket = new java.net.Socket("127.0.0.1", server.port())) {
        socket.getOutputStream().write(RawHttp.latin(part));
      }
      assertThat(ErrorAnswers.journaled(http)).isEqualTo(before);
    }
  }

  @Test
  void aTailEndsWhenItsTimeIsUpAndIsInTheSession() {
    var answer = http.send("GET", "/v1/journal/tail?collection=c&from=0", "", "X-Timeout-Ms: 3000");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("x-session-token")).isPresent();
    assertThat(answer.text()).contains("event: record\n").contains("\"id\":\"a;b\"");
  }
}
