package io.vecraft.standalone.api;

import static io.vecraft.standalone.api.ErrorAnswers.check;
import static io.vecraft.standalone.api.ErrorAnswers.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.journal.client.SessionToken;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What well-formed requests are refused for: what is there, what was there, and who was first. */
class RestOutcomeTest {
  private static final String C = "/v1/collections/c";
  private static final String ONE = "{\"vectors\":[{\"id\":\"%s\",\"vector\":[1,2]}]}";

  @TempDir static Path directory;
  private static Standalone server;
  private static RawHttp http;

  @BeforeAll
  static void start() {
    server =
        Standalone.start(StandaloneConfig.builder(directory).port(0).dataPartitions(4).build());
    http = new RawHttp(server.port());
    String definition = "{\"dimension\":2,\"shards\":8,\"schema\":{\"year\":\"integer\"}}";
    assertThat(http.send("PUT", C, definition).status()).isEqualTo(201);
    assertThat(http.send("POST", C + "/vectors", ONE.formatted("a")).status()).isEqualTo(200);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static JsonNode ok(RawHttp.Response response) {
    assertThat(response.status()).as(response.text()).isBetween(200, 201);
    return json(response);
  }

  private static RawHttp.Response post(String path, String body, String... headers) {
    return http.send("POST", path, body, headers);
  }

  @ParameterizedTest(name = "{0} {1}: {3} {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          search  | {"vector":[1,2,3]}                                  | 400 | dimension_mismatch | vector
          search  | {"vector":[0,0]}                                    | 400 | invalid_vector     | vector
          search  | {"vector":[3e38,3e38]}                              | 400 | invalid_vector     | vector
          search  | {"text":"words"}                                    | 400 | invalid_argument   | text
          search  | {"text":"words","vector":[1,2]}                     | 400 | invalid_argument   | text
          search  | {}                                                  | 400 | invalid_argument   | vector
          search  | {"vector":[1,2],"filters":{"a":{"$gt":[1]}}}        | 400 | invalid_filter     | filters.a.$gt
          search  | {"vector":[1,2],"filters":{"$or":[{"a":{"$x":1}}]}} | 400 | invalid_filter     | filters.$or[0].a.$x
          search  | {"vector":[1,2],"filters":"a = 'x' AND"}            | 400 | invalid_filter     | filters
          search  | {"vector":[1,2],"as_of":"9223372036854775806"}      | 400 | stamp_in_future    | as_of
          search  | {"vector":[1,2],"as_of":"9999-01-01T00:00:00Z"}     | 400 | stamp_in_future    | as_of
          search  | {"vector":[1,2],"min_required_offset":9223372036854775806} | 400 | stamp_in_future | min_required_offset
          vectors | {"vectors":[{"vector":[1,2,3]}]}                    | 400 | dimension_mismatch | vectors[0].vector
          vectors | {"vectors":[{"vector":[1,2]},{"vector":[0,0]}]}     | 400 | invalid_vector     | vectors[1].vector
          vectors | {"vectors":[{"vector":[3e38,3e38]}]}                | 400 | invalid_vector     | vectors[0].vector
          vectors | {"vectors":[{"id":"x","vector":[1,2]},{"id":"x","vector":[1,2]}]} | 400 | duplicate_id | vectors[1].id
          vectors | {"vectors":[{"vector":[1,2],"metadata":{"year":"x"}}]} | 400 | schema_violation | vectors[0].metadata.year
          vectors | {"vectors":[{"vector":[1,2],"metadata":{"a":1,"a":2}}]} | 400 | invalid_argument | vectors[0].metadata
          vectors | {"vectors":[{"vector":[1,2],"text":"x"}]}           | 400 | invalid_argument   | vectors[0].text
          vectors | {"vectors":[{"id":"x"}]}                            | 400 | invalid_argument   | vectors[0].vector
          vectors | {"vectors":[{"vector":[1,2],"if_absent":true,"if_version":"1"}]} | 400 | invalid_argument | vectors[0].if_absent
          vectors | {"vectors":[{"vector":[1,2],"if_version":"9223372036854775806"}]} | 400 | stamp_in_future | vectors[0].if_version
          vectors/get | {"ids":["a","a"]}                               | 400 | duplicate_id       | ids[1]
          vectors/get | {"ids":[]}                                      | 400 | invalid_argument   | ids
          vectors/delete | {}                                           | 400 | invalid_argument   | ids
          vectors/delete | {"ids":["a"],"filters":{}}                   | 400 | invalid_argument   | filters
          vectors/delete | {"ids":["b","b"]}                            | 400 | duplicate_id       | ids[1]
          vectors/scroll | {"cursor":"nonsense"}                        | 400 | invalid_argument   | cursor
          vectors/scroll | {"limit":10001}                              | 400 | limit_exceeded     | limit
          search  | {"vector":[1,2],"k":10001}                          | 400 | limit_exceeded     | k
          search  | {"vector":[1,2],"collection":"d"}                   | 400 | invalid_argument   | collection
          """)
  void whatTheCollectionDoesNotTake(
      String call, String body, int status, String code, String field) {
    long before = ErrorAnswers.journaled(http);
    check(post(C + "/" + call, body), status, code, field);
    assertThat(ErrorAnswers.journaled(http)).isEqualTo(before);
  }

  @Test
  void conflictsAreToldAndRemembered() {
    check(http.send("PUT", C, "{\"dimension\":3}"), 409, "collection_exists", "name");
    check(
        http.send("PATCH", C, "{\"schema\":{\"year\":\"float\"}}"), 409, "conflict", "schema.year");
    check(http.send("DELETE", C + "/vectors/a?if_version=5", ""), 409, "conflict", "");
    String patch = "{\"metadata\":{\"x\":1},\"if_version\":\"5\"}";
    check(http.send("PATCH", C + "/vectors/a", patch, "X-Request-Id: p"), 409, "conflict", "");
    check(http.send("PATCH", C + "/vectors/a", patch, "X-Request-Id: p"), 409, "conflict", "");
    check(
        http.send("PATCH", C + "/vectors/none", "{\"metadata\":{}}"),
        404,
        "record_not_found",
        "id");
    String absent = "{\"collection\":\"c\",\"id\":\"a\",\"vector\":[1,2],\"if_absent\":true}";
    check(post("/v1/vectors", absent), 409, "conflict", "");
    JsonNode batch =
        ok(
            post(
                C + "/vectors",
                "{\"vectors\":[{\"id\":\"a\",\"vector\":[1,2],\"if_absent\":true},"
                    + "{\"id\":\"free\",\"vector\":[1,2],\"if_absent\":true}]}"));
    assertThat(batch.findValuesAsText("outcome")).containsExactly("conflict", "created");
    String transaction =
        "{\"operations\":[{\"collection\":\"c\",\"upsert\":{\"id\":\"t\",\"vector\":[1,2]}},"
            + "{\"collection\":\"c\",\"delete\":{\"id\":\"a\",\"if_version\":\"5\"}}]}";
    check(post("/v1/transactions", transaction), 409, "conflict", "operations[1]");
    check(
        http.send("GET", C + "/vectors/t", "", "X-Consistency-Level: strong"),
        404,
        "record_not_found",
        "id");
  }

  @Test
  void aRequestIdBelongsToTheBodyThatCameFirst() {
    String id = "X-Request-Id: reused";
    JsonNode first = ok(post(C + "/vectors", ONE.formatted("r0"), id));
    assertThat(ok(post(C + "/vectors", ONE.formatted("r0"), id))).isEqualTo(first);
    long before = ErrorAnswers.journaled(http);
    // Other ids hash to other shards, and those live in every partition.
    for (int i = 1; i < 24; i++) {
      check(
          post(C + "/vectors", ONE.formatted("r" + i), id), 409, "request_id_reused", "request_id");
    }
    String operation = "{\"operations\":[{\"collection\":\"c\",\"delete\":{\"id\":\"r0\"}}]}";
    for (var call :
        List.of(
            List.of("POST", "/v1/transactions", operation),
            List.of("POST", "/v1/vectors", "{\"vector\":[1,2,3]}"),
            List.of("POST", C + "/vectors/delete", "{\"filters\":{\"none\":1}}"),
            List.of("POST", C + "/vectors/delete", "{\"ids\":[\"r0\"]}"),
            List.of("PATCH", C + "/vectors/r0", "{\"metadata\":{}}"),
            List.of("DELETE", C + "/vectors/r0", ""),
            List.of("PUT", "/v1/collections/reused", "{\"dimension\":2}"),
            List.of("PATCH", C, "{\"time_travel_window_s\":99}"),
            List.of("DELETE", C, ""),
            List.of("POST", "/v1/keys", "{\"name\":\"k\",\"grants\":[\"read\"]}"))) {
      check(
          http.send(call.get(0), call.get(1), call.get(2), id),
          409,
          "request_id_reused",
          "request_id");
    }
    assertThat(ErrorAnswers.journaled(http)).isEqualTo(before);
    ok(http.send("GET", C + "/vectors/r0", ""));
  }

  @Test
  void aServerOfOneProcessKeepsItsPartitions() {
    long before = ErrorAnswers.journaled(http);
    check(
        http.send("PUT", "/v1/journal", "{\"data_partitions\":4}"),
        409,
        "conflict",
        "data_partitions");
    String fast = "{\"pool\":\"fast\"}";
    check(http.send("PUT", "/v1/journal/3", fast), 409, "conflict", "partition");
    check(http.send("PUT", "/v1/journal/1", fast), 400, "invalid_argument", "partition");
    check(http.send("PUT", "/v1/journal/200", fast), 404, "not_found", "partition");
    check(http.send("PUT", "/v1/journal/x", fast), 400, "invalid_argument", "partition");
    check(
        http.send("PUT", "/v1/journal/3", "{\"pool\":\"Fast\"}"), 400, "invalid_argument", "pool");
    check(http.send("PUT", "/v1/journal/3", "{}"), 400, "invalid_argument", "pool");
    check(http.send("PUT", C + "/shards/0", "{\"partition\":4}"), 409, "conflict", "partition");
    check(http.send("PUT", C + "/shards/x", "{\"partition\":4}"), 400, "invalid_argument", "shard");
    check(http.send("PUT", C + "/shards/99", "{\"partition\":4}"), 404, "not_found", "shard");
    check(
        http.send("PUT", "/v1/collections/none/shards/0", "{\"partition\":4}"),
        404,
        "collection_not_found",
        "collection");
    assertThat(ErrorAnswers.journaled(http)).isEqualTo(before);
    JsonNode journal = ok(http.send("GET", "/v1/journal", ""));
    long made =
        journal
            .path("partitions")
            .valueStream()
            .filter(partition -> partition.path("role").asText().equals("data"))
            .count();
    assertThat(journal.path("data_partitions").asLong()).isEqualTo(made);
    assertThat(journal.path("data_partitions_wanted").asLong()).isEqualTo(made);
  }

  @Test
  void theIdOfAnyWriteIsTaken() {
    String made = "{\"dimension\":2}";
    ok(http.send("PUT", "/v1/collections/w", made, "X-Request-Id: make"));
    String filters = "{\"filters\":{\"none\":1}}";
    ok(post("/v1/collections/w/vectors/delete", filters, "X-Request-Id: sweep"));
    String transaction = "{\"operations\":[{\"collection\":\"w\",\"delete\":{\"id\":\"z\"}}]}";
    ok(post("/v1/transactions", transaction, "X-Request-Id: tx"));
    for (String id : List.of("make", "sweep", "tx")) {
      check(
          post("/v1/collections/w/vectors", ONE.formatted(id), "X-Request-Id: " + id),
          409,
          "request_id_reused",
          "request_id");
    }
    ok(post("/v1/collections/w/vectors/delete", filters, "X-Request-Id: sweep"));
    ok(post("/v1/transactions", transaction, "X-Request-Id: tx"));
  }

  @Test
  void theDefaultCollectionIsMadeByARequestThatCanBeRetried() {
    String body = "{\"id\":\"d\",\"vector\":[1,2,3]}";
    JsonNode first = ok(post("/v1/vectors", body, "X-Request-Id: default"));
    assertThat(ok(post("/v1/vectors", body, "X-Request-Id: default"))).isEqualTo(first);
    JsonNode trace = ok(http.send("GET", "/v1/operations/default", ""));
    assertThat(trace.findValuesAsText("kind")).containsExactly("create_collection", "upsert");
  }

  @Test
  void readsAsOfWhatIsNotThereYetOrNoMore() {
    ok(post(C + "/vectors", ONE.formatted("later")));
    check(http.send("GET", C + "/vectors/later?as_of=1", ""), 404, "collection_not_found", "as_of");
    JsonNode before = ok(http.send("GET", C + "/vectors/a", ""));
    RawHttp.Response asOf =
        http.send(
            "GET", C + "/vectors/a?as_of=" + before.at("/consistency_info/as_of").asText(), "");
    assertThat(ok(asOf).path("version")).isEqualTo(before.path("version"));
  }

  @Test
  void aCollectionWithAnOwnerIsChangedByItAlone() {
    String path = "/v1/collections/owned";
    String owner = "X-Collection-Owner: kubernetes/shop/owned";
    JsonNode made = ok(http.send("PUT", path, "{\"dimension\":2}", owner));
    assertThat(made.findValue("owner").asText()).isEqualTo("kubernetes/shop/owned");
    String change = "{\"schema\":{\"year\":\"integer\"}}";
    for (String other : List.of("X-Collection-Owner: somebody-else", "X-Other: none")) {
      check(http.send("PATCH", path, change, other), 409, "collection_owned", "collection");
      check(http.send("DELETE", path, "", other), 409, "collection_owned", "collection");
    }
    ok(post(path + "/vectors", ONE.formatted("a")));
    ok(http.send("PATCH", path, change, owner));
    ok(http.send("DELETE", path, "", owner));
    for (String bad : List.of("", "a b", "-a", "a".repeat(254))) {
      check(
          http.send("PUT", path, "{\"dimension\":2}", "X-Collection-Owner: " + bad),
          400,
          "invalid_header",
          "X-Collection-Owner");
    }
  }

  @Test
  void aTokenFromBeforeARestoreIsRefused() {
    JsonNode cluster = ok(http.send("GET", "/v1/cluster", ""));
    String id = cluster.path("cluster_id").asText();
    long incarnation = cluster.path("incarnation").asLong();
    String before = SessionToken.of(id, incarnation + 1, 5).text();
    check(
        http.send("GET", C + "/vectors/a", "", "X-Session-Token: " + before),
        409,
        "incarnation_changed",
        "X-Session-Token");
    String other = SessionToken.of(UUID.randomUUID().toString(), incarnation, 5).text();
    check(
        http.send("GET", C + "/vectors/a", "", "X-Session-Token: " + other),
        400,
        "invalid_token",
        "X-Session-Token");
    String ahead = SessionToken.of(id, incarnation, Long.MAX_VALUE - 1).text();
    check(
        http.send(
            "GET",
            C + "/vectors/a",
            "",
            "X-Session-Token: " + ahead,
            "X-Consistency-Level: read_your_writes"),
        400,
        "stamp_in_future",
        ErrorAnswers.ANY);
    check(
        post(C + "/vectors", ONE.formatted("ahead"), "X-Session-Token: " + ahead),
        400,
        "stamp_in_future",
        ErrorAnswers.ANY);
  }

  @Test
  void aDeadlineThatCannotBeMetIsToldWithoutAWrite() {
    String body = "{\"vectors\":[{\"id\":\"hurry\",\"vector\":[1,2]}],\"ack\":\"applied\"}";
    RawHttp.Response answer = post(C + "/vectors", body, "X-Timeout-Ms: 1", "X-Request-Id: hurry");
    if (answer.status() != 200) {
      String code = json(answer).at("/error/code").asText();
      assertThat(code).isIn("unavailable", "outcome_unknown", "deadline_exceeded");
      check(answer, answer.status(), code, "");
    }
    // What may be under way still is over: other tests count what is in the journal.
    ok(post(C + "/vectors", body, "X-Request-Id: hurry"));
  }

  @Test
  void everyAnswerIsInTheSession() {
    for (var call :
        Map.of(
                C,
                "GET",
                "/v1/collections",
                "GET",
                "/v1/cluster",
                "GET",
                "/v1/journal",
                "GET",
                "/v1/keys",
                "GET",
                C + "/vectors/a",
                "GET",
                C + "/vectors/a/history",
                "GET",
                "/v1/journal/1/records",
                "GET")
            .entrySet()) {
      RawHttp.Response answer = http.send(call.getValue(), call.getKey(), "");
      assertThat(ok(answer)).isNotNull();
      assertThat(answer.header("x-session-token")).as(call.getKey()).isPresent();
      assertThat(answer.header("x-request-id")).isPresent();
    }
  }

  @Test
  void theClusterDescribesItsRolesNodesClockAndLag() {
    JsonNode cluster = ok(http.send("GET", "/v1/cluster", ""));
    assertThat(cluster.path("roles").toString())
        .contains("gateway", "query", "storage", "journal", "meta");
    JsonNode node = cluster.path("nodes").get(0);
    assertThat(node.path("version").asText()).isNotEmpty();
    assertThat(node.path("roles").toString()).contains("storage");
    assertThat(node.path("replicas").get(0).path("lag_ms").isIntegralNumber()).isTrue();
    JsonNode member = cluster.at("/clock/members").get(0);
    assertThat(member.path("offset_ms").asLong()).isZero();
    assertThat(member.path("machine_ms").asLong()).isPositive();
    assertThat(cluster.at("/clock/epoch").asLong()).isPositive();
    assertThat(cluster.path("partitions")).hasSize(6);
  }
}
