package io.vecraft.standalone.api;

import static io.vecraft.standalone.api.ErrorAnswers.ANY;
import static io.vecraft.standalone.api.ErrorAnswers.check;
import static io.vecraft.standalone.api.ErrorAnswers.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.standalone.EngineLimit;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys, grants and the limits of what may be asked for at once. */
class RestAccessTest {
  private static final String ONE = "{\"vectors\":[{\"id\":\"a\",\"vector\":[1,2]}]}";

  @TempDir Path directory;

  private Standalone start(boolean keys, Map<Limit, Long> limits) {
    return Standalone.start(
        StandaloneConfig.builder(directory)
            .port(0)
            .requireKeys(keys)
            .limits(Limits.defaults().with(limits))
            .build());
  }

  private static String key(RawHttp http, String admin, String grants) {
    var made =
        http.send(
            "POST", "/v1/keys", "{\"name\":\"k\",\"grants\":[" + grants + "]}", bearer(admin));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return json(made).path("key").asText();
  }

  private static String bearer(String key) {
    return "Authorization: Bearer " + key;
  }

  @Test
  void aCallNeedsAKeyWithTheGrant() throws IOException {
    try (Standalone server = start(true, Map.of())) {
      var http = new RawHttp(server.port());
      String admin = Files.readString(directory.resolve("admin.key")).strip();
      String x = "/v1/collections/x";
      assertThat(http.send("PUT", x, "{\"dimension\":2}", bearer(admin)).status()).isEqualTo(201);
      assertThat(http.send("PUT", "/v1/collections/y", "{\"dimension\":2}", bearer(admin)).status())
          .isEqualTo(201);
      for (List<String> call : calls()) {
        for (String header : List.of("X-A: b", bearer("vk_0123456789abcdef_no"), "X-Api-Key: no")) {
          var refused = http.send(call.get(0), call.get(1), call.get(2), header);
          check(refused, 401, "unauthenticated", ANY);
          assertThat(refused.header("www-authenticate")).contains("Bearer");
        }
      }
      String strong = "X-Consistency-Level: strong";
      String reader = key(http, admin, "\"read:x\"");
      String writer = key(http, admin, "\"write:x\"");
      assertThat(http.send("POST", x + "/vectors", ONE, "X-Api-Key: " + writer).status())
          .isEqualTo(200);
      assertThat(http.send("GET", x + "/vectors/a", "", bearer(reader), strong).status())
          .isEqualTo(200);
      check(http.send("POST", x + "/vectors", ONE, bearer(reader)), 403, "permission_denied", ANY);
      check(http.send("DELETE", x, "", bearer(writer)), 403, "permission_denied", ANY);
      for (List<String> call : calls()) {
        if (!call.get(1).equals("/v1/collections")) {
          var refused = http.send(call.get(0), call.get(1), call.get(2), bearer(reader));
          check(refused, 403, "permission_denied", ANY);
        }
      }
      JsonNode seen = json(http.send("GET", "/v1/collections", "", bearer(reader)));
      assertThat(seen.findValuesAsText("name")).containsExactly("x");
      for (String open : List.of("/healthz", "/readyz", "/metrics", "/openapi.json")) {
        assertThat(http.send("GET", open, "").status()).isEqualTo(200);
      }
      String id = reader.substring(3, 19);
      assertThat(http.send("DELETE", "/v1/keys/" + id, "", bearer(admin)).status()).isEqualTo(200);
      check(http.send("GET", x + "/vectors/a", "", bearer(reader)), 401, "unauthenticated", ANY);
    }
  }

  /** Every kind of call, on what the reader of x has no grant for. */
  private static List<List<String>> calls() {
    String y = "/v1/collections/y";
    return List.of(
        List.of("POST", "/v1/vectors", "{\"collection\":\"y\",\"vector\":[1,2]}"),
        List.of("POST", "/v1/vectors/search", "{\"collection\":\"y\",\"vector\":[1,2]}"),
        List.of("POST", y + "/search", "{\"vector\":[1,2]}"),
        List.of("GET", "/v1/collections", ""),
        List.of("GET", y, ""),
        List.of("PUT", y, "{\"dimension\":2}"),
        List.of("PATCH", y, "{\"time_travel_window_s\":60}"),
        List.of("DELETE", y, ""),
        List.of("POST", y + "/vectors", ONE),
        List.of("GET", y + "/vectors/a", ""),
        List.of("PATCH", y + "/vectors/a", "{\"metadata\":{}}"),
        List.of("DELETE", y + "/vectors/a", ""),
        List.of("GET", y + "/vectors/a/history", ""),
        List.of("POST", y + "/vectors/get", "{\"ids\":[\"a\"]}"),
        List.of("POST", y + "/vectors/delete", "{\"ids\":[\"a\"]}"),
        List.of("POST", y + "/vectors/delete", "{\"filters\":{}}"),
        List.of("POST", y + "/vectors/scroll", "{}"),
        List.of("POST", y + "/vectors/count", "{}"),
        List.of(
            "POST",
            "/v1/transactions",
            "{\"operations\":[{\"collection\":\"y\",\"delete\":{\"id\":\"a\"}}]}"),
        List.of("GET", "/v1/journal", ""),
        List.of("GET", "/v1/journal/1/records", ""),
        List.of("GET", "/v1/journal/tail", ""),
        List.of("GET", "/v1/journal/tail?collection=y", ""),
        List.of("GET", "/v1/cluster", ""),
        List.of("GET", "/v1/keys", ""),
        List.of("POST", "/v1/keys", "{\"name\":\"k\",\"grants\":[\"admin\"]}"),
        List.of("DELETE", "/v1/keys/x", ""),
        List.of("PUT", "/v1/journal", "{\"data_partitions\":3}"),
        List.of("PUT", "/v1/journal/3", "{\"pool\":\"fast\"}"),
        List.of("PUT", y + "/shards/0", "{\"partition\":3}"),
        List.of("PUT", "/v1/nodes/x/drain", "{}"),
        List.of("DELETE", "/v1/nodes/x/drain", ""));
  }

  @Test
  void aKeyIsHeldToItsRate() {
    try (Standalone server = start(false, Map.of(Limit.REQUESTS_PER_SECOND, 1L))) {
      var http = new RawHttp(server.port());
      RawHttp.Response answer = http.send("GET", "/v1/collections", "");
      for (int i = 0; answer.status() == 200 && i < 1_000; i++) {
        answer = http.send("GET", "/v1/collections", "");
      }
      check(answer, 429, "rate_limited", "");
      assertThat(http.send("GET", "/healthz", "").status()).isEqualTo(200);
    }
  }

  @Test
  void whatIsTooMuchAtOnceIsRefusedUntilThereIsRoom() throws IOException {
    Map<Limit, Long> limits =
        Map.of(
            Limit.SUBSCRIPTIONS,
            0L,
            Limit.IN_FLIGHT_BYTES,
            1L << 20,
            Limit.COLLECTIONS,
            1L,
            Limit.BODY_BYTES,
            2L << 20);
    try (Standalone server = start(false, limits)) {
      var http = new RawHttp(server.port());
      check(http.send("GET", "/v1/journal/tail", ""), 429, "back_pressure", "");
      assertThat(http.send("PUT", "/v1/collections/x", "{\"dimension\":2}").status())
          .isEqualTo(201);
      check(http.send("PUT", "/v1/collections/y", "{\"dimension\":2}"), 400, "limit_exceeded", ANY);
      String head = "POST /v1/vectors HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
      try (var waiting = new Socket("127.0.0.1", server.port())) {
        waiting.getOutputStream().write(RawHttp.latin(head));
        // The bytes that a request has announced are held from the moment that its head is read.
        String metrics = "";
        while (!metrics.contains("vecraft_gateway_in_flight_bytes 1000000.0")) {
          metrics = http.send("GET", "/metrics", "").text();
        }
        RawHttp.Response answer = http.send("POST", "/v1/vectors", "{" + " ".repeat(100_000));
        check(answer, 429, "back_pressure", "");
      }
      RawHttp.Response after = http.send("POST", "/v1/vectors", "{" + " ".repeat(100_000));
      while (after.status() == 429) {
        after = http.send("POST", "/v1/vectors", "{" + " ".repeat(100_000));
      }
      check(after, 400, "malformed_json", ANY);
    }
  }

  @Test
  void everyLimitOfABodyIsToldByItsFlag() {
    Map<Limit, Long> limits =
        Map.of(
            Limit.DIMENSION, 4L,
            Limit.K, 5L,
            Limit.EF, 5L,
            Limit.BATCH_ITEMS, 2L,
            Limit.PAGE, 5L,
            Limit.METADATA_BYTES, 20L,
            Limit.FILTER_BYTES, 30L,
            Limit.TEXT_BYTES, 10L,
            Limit.TRANSACTION_OPERATIONS, 1L,
            Limit.SHARDS, 2L);
    try (Standalone server = start(false, limits)) {
      var http = new RawHttp(server.port());
      String x = "/v1/collections/x";
      assertThat(http.send("PUT", x, "{\"dimension\":2}").status()).isEqualTo(201);
      String delete = "{\"collection\":\"x\",\"delete\":{\"id\":\"a\"}}";
      var refused = new ArrayList<List<String>>();
      refused.add(
          List.of("PUT", "/v1/collections/y", "{\"dimension\":5}", "dimension", "max-dimension"));
      refused.add(
          List.of(
              "PUT",
              "/v1/collections/y",
              "{\"dimension\":2,\"shards\":3}",
              "shards",
              "max-shards"));
      refused.add(
          List.of("POST", x + "/search", "{\"vector\":[1,2,3,4,5]}", "vector", "max-dimension"));
      refused.add(List.of("POST", x + "/search", "{\"vector\":[1,2],\"k\":6}", "k", "max-k"));
      refused.add(List.of("POST", x + "/search", "{\"vector\":[1,2],\"ef\":6}", "ef", "max-ef"));
      refused.add(
          List.of(
              "POST",
              x + "/search",
              "{\"text\":\"" + "a".repeat(11) + "\"}",
              "text",
              "max-text-bytes"));
      refused.add(
          List.of(
              "POST",
              x + "/search",
              "{\"vector\":[1,2],\"filters\":{\"a\":\"" + "b".repeat(40) + "\"}}",
              "filters",
              "max-filter-bytes"));
      refused.add(
          List.of(
              "POST",
              x + "/search",
              "{\"vector\":[1,2],\"filters\":\"a = '" + "ä".repeat(13) + "'\"}",
              "filters",
              "max-filter-bytes"));
      refused.add(
          List.of(
              "POST",
              x + "/vectors/get",
              "{\"ids\":[\"a\",\"b\",\"c\"]}",
              "ids",
              "max-batch-items"));
      refused.add(
          List.of(
              "POST",
              x + "/vectors",
              "{\"vectors\":[{\"vector\":[1,2]},{\"vector\":[1,2]},{\"vector\":[1,2]}]}",
              "vectors",
              "max-batch-items"));
      refused.add(
          List.of(
              "POST",
              x + "/vectors",
              "{\"vectors\":[{\"vector\":[1,2],\"metadata\":{\"a\":\"" + "b".repeat(20) + "\"}}]}",
              "vectors[0].metadata",
              "max-metadata-bytes"));
      refused.add(List.of("POST", x + "/vectors/scroll", "{\"limit\":6}", "limit", "max-page"));
      refused.add(
          List.of(
              "POST",
              "/v1/transactions",
              "{\"operations\":[" + delete + "," + delete.replace("\"a\"", "\"b\"") + "]}",
              "operations",
              "max-transaction-operations"));
      for (List<String> call : refused) {
        RawHttp.Response answer = http.send(call.get(0), call.get(1), call.get(2));
        check(answer, 400, "limit_exceeded", call.get(3));
        assertThat(answer.text()).contains(call.get(4));
      }
      String metrics = http.send("GET", "/metrics", "").text();
      for (Limit limit : Limit.values()) {
        assertThat(metrics).contains("vecraft_gateway_limit{limit=\"" + limit.flag() + "\"");
      }
      for (EngineLimit limit : EngineLimit.values()) {
        assertThat(metrics).contains("vecraft_limit{limit=\"" + limit.flag() + "\"");
      }
    }
  }
}
