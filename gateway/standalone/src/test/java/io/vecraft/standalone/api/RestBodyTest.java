package io.vecraft.standalone.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every field of every body with every kind of value that it must refuse, over a socket: the error
 * names the field, nothing is journaled, and the server goes on.
 */
class RestBodyTest {
  private static final String C = "/v1/collections/c";
  private static final String V = "\"vector\":[1,2]";

  @TempDir static Path directory;
  private static Standalone server;
  private static RawHttp http;

  @BeforeAll
  static void start() {
    server = Standalone.start(StandaloneConfig.builder(directory).port(0).build());
    http = new RawHttp(server.port());
    assertThat(http.send("PUT", C, "{\"dimension\":2,\"schema\":{\"year\":\"integer\"}}").status())
        .isEqualTo(201);
    assertThat(
            http.send("POST", C + "/vectors", "{\"vectors\":[{\"id\":\"a\"," + V + "}]}").status())
        .isEqualTo(200);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** What a field takes. */
  private enum Kind {
    TEXT("1", "true", "null", "[]", "{}", "\"\"", "\"\\ud800\""),
    NAME(
        "1",
        "null",
        "[]",
        "{}",
        "\"\"",
        "\"A\"",
        "\"_a\"",
        "\"a b\"",
        "\"" + "a".repeat(64) + "\""),
    ID("1", "null", "[]", "{}", "\"\"", "\"" + "ä".repeat(257) + "\"", "\"\\udc00\""),
    BOOL("1", "\"true\"", "null", "[]", "{}", "0"),
    NUMBER("\"1\"", "true", "null", "[]", "{}", "1e39", "-1e400"),
    COUNT(
        "\"1\"",
        "true",
        "null",
        "[]",
        "{}",
        "1.5",
        "1e3",
        "0",
        "-1",
        "10000001",
        "1" + "0".repeat(40)),
    BOUND("\"1\"", "true", "null", "[]", "{}", "1.5", "-1", "31622400001"),
    OFFSET("true", "null", "[]", "{}", "1.5", "-1", "9223372036854775808", "\"x\"", "\"-1\""),
    VERSION(
        "1", "null", "[]", "{}", "\"\"", "\"0\"", "\"-1\"", "\"1.5\"", "\"9223372036854775808\""),
    MOMENT(
        "1",
        "null",
        "[]",
        "{}",
        "\"\"",
        "\"0\"",
        "\"tomorrow\"",
        "\"2026-13-01T00:00:00Z\"",
        "\"2026-01-01\""),
    LEVEL("1", "null", "[]", "{}", "\"\"", "\"STRONG\"", "\"weak\""),
    ACK("1", "null", "[]", "{}", "\"\"", "\"none\""),
    OBJECT("1", "\"{}\"", "null", "[]", "true"),
    FILTER(
        "1",
        "null",
        "[]",
        "true",
        "\"\"",
        "\"year >\"",
        "{\"year\":{\"$x\":1}}",
        "{\"$and\":1}",
        "{\"\":1}"),
    VECTOR(
        "1",
        "\"[1,2]\"",
        "null",
        "{}",
        "[]",
        "[1,\"2\"]",
        "[1,null]",
        "[1,true]",
        "[1,[2]]",
        "[1,1e39]",
        "[1,-1e400]"),
    TEXTS("1", "\"a\"", "null", "{}", "[1]", "[null]", "[[]]"),
    ARRAY("1", "\"a\"", "null", "{}", "[1]", "[null]", "[[]]", "[\"a\"]", "[]");

    private final List<String> wrong;

    Kind(String... wrong) {
      this.wrong = List.of(wrong);
    }
  }

  /**
   * A call with a body.
   *
   * @param before what stands before the fields, and {@code path} how errors name that place
   * @param valid fields that make the body valid
   */
  private record Call(
      String method,
      String target,
      String before,
      String after,
      String path,
      String valid,
      Map<String, Kind> fields) {}

  /** A body that must be refused; an empty field stands for any. */
  record Case(String name, byte[] request, List<String> fields) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Call call(String method, String target, String valid, Map<String, Kind> fields) {
    return new Call(method, target, "{", "}", "", valid, fields);
  }

  private static Map<String, Kind> fields(Object... pairs) {
    var fields = new LinkedHashMap<String, Kind>();
    for (int i = 0; i < pairs.length; i += 2) {
      fields.put((String) pairs[i], (Kind) pairs[i + 1]);
    }
    return fields;
  }

  private static Map<String, Kind> read(Object... pairs) {
    Map<String, Kind> fields =
        fields(
            "consistency_level", Kind.LEVEL,
            "max_staleness_ms", Kind.BOUND,
            "min_required_offset", Kind.OFFSET,
            "as_of", Kind.MOMENT,
            "allow_partial", Kind.BOOL);
    fields.putAll(fields(pairs));
    return fields;
  }

  private static List<Call> calls() {
    Map<String, Kind> search =
        read(
            "vector", Kind.VECTOR,
            "k", Kind.COUNT,
            "filters", Kind.FILTER,
            "collection", Kind.NAME,
            "text", Kind.TEXT,
            "exact", Kind.BOOL,
            "ef", Kind.COUNT,
            "include", Kind.TEXTS,
            "score_threshold", Kind.NUMBER);
    Map<String, Kind> record =
        fields(
            "id", Kind.ID,
            "vector", Kind.VECTOR,
            "text", Kind.TEXT,
            "metadata", Kind.OBJECT,
            "if_absent", Kind.BOOL,
            "if_version", Kind.VERSION);
    var insert = new LinkedHashMap<>(record);
    insert.putAll(fields("collection", Kind.NAME, "ack", Kind.ACK));
    Map<String, Kind> definition =
        fields(
            "dimension", Kind.COUNT,
            "metric", Kind.LEVEL,
            "shards", Kind.COUNT,
            "schema", Kind.OBJECT,
            "time_travel_window_s", Kind.COUNT,
            "index", Kind.OBJECT,
            "embedding", Kind.OBJECT,
            "replicas", Kind.COUNT,
            "pool", Kind.NAME);
    Map<String, Kind> index =
        fields("m", Kind.COUNT, "ef_construction", Kind.COUNT, "quantization", Kind.LEVEL);
    String tx = "/v1/transactions";
    return List.of(
        call("POST", "/v1/vectors/search", V + ",\"collection\":\"c\"", search),
        call("POST", C + "/search", V, search),
        call("POST", "/v1/vectors", V + ",\"collection\":\"c\"", insert),
        new Call("POST", C + "/vectors", "{\"vectors\":[{", "}]}", "vectors[0].", V, record),
        call(
            "POST",
            C + "/vectors",
            "\"vectors\":[{" + V + "}]",
            fields("vectors", Kind.ARRAY, "ack", Kind.ACK)),
        call(
            "PATCH",
            C + "/vectors/a",
            "\"metadata\":{\"x\":1}",
            fields("metadata", Kind.OBJECT, "if_version", Kind.VERSION, "ack", Kind.ACK)),
        call(
            "POST",
            C + "/vectors/get",
            "\"ids\":[\"a\"]",
            read("ids", Kind.TEXTS, "include", Kind.TEXTS)),
        call(
            "POST",
            C + "/vectors/scroll",
            "\"limit\":1",
            read(
                "filters",
                Kind.FILTER,
                "limit",
                Kind.COUNT,
                "cursor",
                Kind.TEXT,
                "include",
                Kind.TEXTS)),
        call("POST", C + "/vectors/count", "\"allow_partial\":false", read("filters", Kind.FILTER)),
        call(
            "POST",
            C + "/vectors/delete",
            "\"ids\":[\"none\"]",
            fields("ids", Kind.TEXTS, "filters", Kind.FILTER, "ack", Kind.ACK)),
        call(
            "POST",
            tx,
            "\"operations\":[{\"collection\":\"c\",\"upsert\":{" + V + "}}]",
            fields("operations", Kind.ARRAY, "ack", Kind.ACK)),
        new Call(
            "POST",
            tx,
            "{\"operations\":[{",
            "}]}",
            "operations[0].",
            "\"collection\":\"c\",\"upsert\":{" + V + "}",
            fields(
                "collection",
                Kind.NAME,
                "upsert",
                Kind.OBJECT,
                "patch",
                Kind.OBJECT,
                "delete",
                Kind.OBJECT)),
        new Call(
            "POST",
            tx,
            "{\"operations\":[{\"collection\":\"c\",\"upsert\":{",
            "}}]}",
            "operations[0].upsert.",
            V,
            record),
        new Call(
            "POST",
            tx,
            "{\"operations\":[{\"collection\":\"c\",\"patch\":{",
            "}}]}",
            "operations[0].patch.",
            "\"id\":\"a\",\"metadata\":{}",
            fields("id", Kind.ID, "metadata", Kind.OBJECT, "if_version", Kind.VERSION)),
        new Call(
            "POST",
            tx,
            "{\"operations\":[{\"collection\":\"c\",\"delete\":{",
            "}}]}",
            "operations[0].delete.",
            "\"id\":\"a\"",
            fields("id", Kind.ID, "if_version", Kind.VERSION)),
        call("PUT", "/v1/collections/n", "\"dimension\":2", definition),
        new Call(
            "PUT",
            "/v1/collections/n",
            "{\"dimension\":2,\"index\":{",
            "}}",
            "index.",
            "\"m\":16",
            index),
        call("PATCH", C, "\"time_travel_window_s\":60", definition),
        new Call("PATCH", C, "{\"index\":{", "}}", "index.", "\"ef_construction\":50", index),
        call(
            "POST",
            "/v1/keys",
            "\"name\":\"k\",\"grants\":[\"read\"]",
            fields("name", Kind.TEXT, "grants", Kind.ARRAY)),
        call("PUT", "/v1/journal", "\"data_partitions\":3", fields("data_partitions", Kind.COUNT)),
        call(
            "PUT",
            "/v1/journal/3",
            "\"pool\":\"fast\",\"replicas\":3",
            fields("pool", Kind.TEXT, "replicas", Kind.COUNT)),
        call("PUT", C + "/shards/0", "\"partition\":3", fields("partition", Kind.COUNT)));
  }

  static Stream<Case> cases() {
    var cases = new ArrayList<Case>();
    for (Call call : calls()) {
      call.fields().forEach((name, kind) -> wrong(call, name, kind, cases));
      broken(call, cases);
    }
    return cases.stream();
  }

  private static void wrong(Call call, String name, Kind kind, List<Case> into) {
    String rest = without(call.valid(), name);
    for (String value : kind.wrong) {
      String pair = "\"" + name + "\":" + value;
      String body = rest.isEmpty() ? pair : pair + "," + rest;
      String path = call.path() + name;
      // What excludes another field may be told at either.
      into.add(of(call, call.path() + name + " " + value, body, List.of(path)));
    }
  }

  /** The valid fields but one; the generated text has each on the top level once. */
  private static String without(String valid, String name) {
    var kept = new ArrayList<String>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i <= valid.length(); i++) {
      char c = i < valid.length() ? valid.charAt(i) : ',';
      depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
      if (c == ',' && depth == 0) {
        String pair = valid.substring(from, i);
        if (!pair.startsWith("\"" + name + "\":")) {
          kept.add(pair);
        }
        from = i + 1;
      }
    }
    return String.join(",", kept);
  }

  private static void broken(Call call, List<Case> into) {
    String good = call.before() + call.valid() + call.after();
    into.add(
        of(
            call,
            "unknown field",
            call.valid() + ",\"nonsense\":1",
            List.of(call.path() + "nonsense")));
    into.add(of(call, "field twice", call.valid() + "," + call.valid(), List.of(ErrorAnswers.ANY)));
    into.add(raw(call, "cut", good.substring(0, good.length() - 1)));
    into.add(raw(call, "cut in a name", good.substring(0, 5)));
    into.add(raw(call, "something after it", good + " {}"));
    into.add(raw(call, "no quotes", good.replace("\"", "")));
    for (String number : List.of("NaN", "Infinity", "01", "+1", ".5", "1.", "0x1", "'a'")) {
      String body = good.replaceFirst("(:|\\[)[\"0-9][^,}\\]]*", "$1" + number);
      if (body.equals(good)) {
        // An empty object: there is no value to put the number in the place of.
        body = good.replaceFirst("\\{", "{\"filters\":" + number);
      }
      into.add(raw(call, number, body));
    }
    into.add(raw(call, "trailing comma", call.before() + call.valid() + "," + call.after()));
    into.add(raw(call, "comment", "/* */" + good));
    into.add(raw(call, "byte order mark twice", "\uFEFF\uFEFF" + good));
    into.add(raw(call, "deep", "[".repeat(100_000)));
    into.add(raw(call, "deep objects", "{\"a\":".repeat(5_000)));
    for (String other : List.of("null", "[]", "\"x\"", "1", "true", " ", "\u0000")) {
      into.add(raw(call, "not an object: " + other, other));
    }
    byte[] body = good.getBytes(StandardCharsets.UTF_8);
    body[body.length / 2] = (byte) 0xFF;
    into.add(
        new Case(
            title(call) + "not UTF-8",
            RawHttp.request(call.method(), call.target(), List.of(), body),
            List.of(ErrorAnswers.ANY)));
  }

  private static String title(Call call) {
    return call.method() + " " + call.target() + " " + call.path() + ": ";
  }

  private static Case of(Call call, String name, String fields, List<String> named) {
    String body = call.before() + fields + call.after();
    return new Case(
        title(call) + (name.length() > 80 ? name.substring(0, 80) : name),
        RawHttp.request(call.method(), call.target(), body),
        named);
  }

  private static Case raw(Call call, String name, String body) {
    return new Case(
        title(call) + name,
        RawHttp.request(call.method(), call.target(), body),
        List.of(ErrorAnswers.ANY));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void isRefusedByNameAndLeavesNothing(Case bad) {
    long before = ErrorAnswers.journaled(http);
    RawHttp.Response answer = http.send(bad.request());
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    String code = ErrorAnswers.json(answer).path("error").path("code").asText();
    ErrorAnswers.check(answer, 400, code, ErrorAnswers.ANY);
    String field = ErrorAnswers.json(answer).path("error").path("field").asText();
    for (String named : bad.fields()) {
      if (!named.equals(ErrorAnswers.ANY)) {
        assertThat(field).as(answer.text()).startsWith(named);
      }
    }
    assertThat(ErrorAnswers.journaled(http)).as("journaled").isEqualTo(before);
  }
}
