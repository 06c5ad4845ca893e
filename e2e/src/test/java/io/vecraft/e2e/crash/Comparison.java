package io.vecraft.e2e.crash;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.e2e.crash.Effect.Key;
import io.vecraft.e2e.crash.Model.Version;
import io.vecraft.e2e.http.Rest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Compares all that a server answers of a collection as of one stamp with the model. */
final class Comparison {
  private static final double SCORE_EPSILON = 1e-4;

  private final Rest rest;
  private final Model model;
  private final String label;
  private final String path;
  private final long asOf;
  private final Map<String, Version> live;

  /**
   * @param label of the collection, see {@link Key}
   */
  Comparison(Rest rest, Model model, String label, long asOf) {
    this.rest = rest;
    this.model = model;
    this.label = label;
    this.path = "/v1/collections/" + new Key(label, "").collectionName();
    this.asOf = asOf;
    this.live = model.live(label, asOf);
  }

  /**
   * Gets, scrolls, counts and searches.
   *
   * @param dot whether scores are dot products rather than cosines
   */
  void contents(Random random, boolean dot) throws IOException {
    gets();
    scroll(Rest.object(), live);
    counts();
    String category = "c" + random.nextInt(Requests.CATEGORIES);
    scroll(filter(category), matching(category));
    for (int i = 0; i < 3 && !live.isEmpty(); i++) {
      float[] query = Requests.vector(random, live.values().iterator().next().vector().length);
      search(query, Rest.object(), live, dot, i < 2);
      search(query, filter(category), matching(category), dot, i < 2);
    }
  }

  private static ObjectNode filter(String category) {
    ObjectNode body = Rest.object();
    body.putObject("filters").put("cat", category);
    return body;
  }

  private Map<String, Version> matching(String category) {
    var matching = new TreeMap<>(live);
    matching.values().removeIf(v -> !v.metadata().path("cat").asText().equals(category));
    return matching;
  }

  private JsonNode read(String call, ObjectNode body) throws IOException {
    Rest.Reply reply = rest.post(path + call + "?as_of=" + asOf, body);
    if (reply.asOf() != asOf) {
      throw new AssertionError("asked as of " + asOf + ", answered " + reply);
    }
    return reply.body();
  }

  /** Everything that ever was, live or not. */
  private void gets() throws IOException {
    Set<String> ids = new HashSet<>(List.of("never written"));
    model.keys(label).forEach(key -> ids.add(key.id()));
    ObjectNode body = Rest.object();
    ids.forEach(body.putArray("ids")::add);
    body.putArray("include").add("metadata").add("vector");
    JsonNode answer = read("/vectors/get", body);
    Set<String> missing = new HashSet<>();
    answer.path("missing").forEach(id -> missing.add(id.asText()));
    Set<String> expected = new HashSet<>(ids);
    expected.removeAll(live.keySet());
    require(missing.equals(expected), "missing", missing, expected);
    same(answer.path("vectors"), live, true);
  }

  private void scroll(ObjectNode body, Map<String, Version> expected) throws IOException {
    ArrayNode all = Rest.JSON.createArrayNode();
    body.put("limit", 17);
    while (true) {
      JsonNode page = read("/vectors/scroll", body);
      page.path("vectors").forEach(all::add);
      if (!page.has("cursor")) {
        break;
      }
      body.put("cursor", page.path("cursor").asText());
    }
    same(all, expected, false);
  }

  private void counts() throws IOException {
    long all = read("/vectors/count", Rest.object()).path("count").asLong();
    require(all == live.size(), "count", all, live.size());
    for (int c = 0; c < Requests.CATEGORIES; c++) {
      long count = read("/vectors/count", filter("c" + c)).path("count").asLong();
      int expected = matching("c" + c).size();
      require(count == expected, "count of c" + c, count, expected);
    }
  }

  private void same(JsonNode records, Map<String, Version> expected, boolean vectors) {
    Map<String, JsonNode> found = new TreeMap<>();
    for (JsonNode record : records) {
      String id = record.path("id").asText();
      require(found.put(id, record) == null, "twice", id, "once");
      require(expected.containsKey(id), "phantom", record, "nothing");
      same(record, expected.get(id), vectors);
    }
    require(found.size() == expected.size(), "records", found.keySet(), expected.keySet());
  }

  private void same(JsonNode record, Version expected, boolean vector) {
    require(record.path("version").asLong() == expected.stamp(), "version", record, expected);
    require(record.path("metadata").equals(expected.metadata()), "metadata", record, expected);
    if (vector) {
      JsonNode numbers = record.path("vector");
      require(numbers.size() == expected.vector().length, "vector", record, expected);
      for (int i = 0; i < numbers.size(); i++) {
        boolean equal = numbers.get(i).floatValue() == expected.vector()[i];
        require(equal, "vector at " + i, record, expected);
      }
    }
  }

  /** An exact search has the nearest; any search has as many as there are, and no others. */
  private void search(
      float[] query, ObjectNode body, Map<String, Version> expected, boolean dot, boolean exact)
      throws IOException {
    int k = 10;
    body.put("k", k).put("exact", exact).put("as_of", Long.toString(asOf));
    ArrayNode vector = body.putArray("vector");
    for (float number : query) {
      vector.add(number);
    }
    Rest.Reply reply = rest.post(path + "/search", body);
    require(reply.asOf() == asOf, "search", reply, asOf);
    List<Double> scores = new ArrayList<>();
    expected.values().forEach(v -> scores.add(score(query, v.vector(), dot)));
    scores.sort(Comparator.reverseOrder());
    JsonNode results = reply.body().path("results");
    require(results.size() == Math.min(k, scores.size()), "results", results, scores.size());
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < results.size(); i++) {
      JsonNode hit = results.get(i);
      String id = hit.path("id").asText();
      require(ids.add(id) && expected.containsKey(id), "hit", hit, expected.keySet());
      Version version = expected.get(id);
      same(hit, version, false);
      double score = hit.path("score").asDouble();
      double own = score(query, version.vector(), dot);
      require(Math.abs(score - own) < SCORE_EPSILON, "score", hit, own);
      if (exact) {
        boolean right = Math.abs(score - scores.get(i)) < SCORE_EPSILON;
        require(right, "score at rank " + i, results, scores.get(i));
      }
    }
  }

  private static double score(float[] a, float[] b, boolean dot) {
    double product = 0;
    double normA = 0;
    double normB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      normA += (double) a[i] * a[i];
      normB += (double) b[i] * b[i];
    }
    return dot ? product : product / Math.sqrt(normA * normB);
  }

  /** Every version of these records: nothing twice, nothing lost, by the right request. */
  void histories(Collection<Key> keys) throws IOException {
    for (Key key : keys) {
      List<Version> expected = model.history(key);
      Rest.Reply reply =
          rest.get(path + "/vectors/" + Rest.encode(key.id()) + "/history?limit=10000");
      if (expected.isEmpty()) {
        require(reply.code().equals("record_not_found"), "history", reply, "none");
        continue;
      }
      JsonNode versions = reply.ok().path("versions");
      require(versions.size() == expected.size(), "history of " + key, versions, expected);
      for (int i = 0; i < versions.size(); i++) {
        JsonNode version = versions.get(i);
        Version e = expected.get(i);
        boolean same =
            version.path("version").asLong() == e.stamp()
                && version.path("kind").asText().equals(e.kind())
                && version.path("request_id").asText().equals(e.requestId())
                && (!e.live() || version.path("metadata").equals(e.metadata()));
        require(same, "history of " + key + " at " + i, version, e);
      }
    }
  }

  /**
   * Checksums of all replicas and the number of operations, which must be the same whenever they
   * are asked for as of this stamp.
   */
  String checksums(int replicas) throws IOException {
    Rest.Reply reply = rest.get(path + "/checksums?as_of=" + asOf);
    JsonNode answer = reply.ok();
    require(answer.path("agree").asBoolean(), "checksums", answer, "agreement");
    var text = new StringBuilder("operations ");
    text.append(answer.path("consistency_info").path("index_version").asLong());
    for (JsonNode shard : answer.path("shards")) {
      require(shard.path("replicas").size() == replicas, "replicas", shard, replicas);
      text.append(", ").append(shard.path("replicas").get(0).path("checksum").asText());
    }
    return text.toString();
  }

  private void require(boolean holds, String what, Object actual, Object expected) {
    if (!holds) {
      throw new AssertionError(
          "%s of collection %s as of %d: %s, but the model has %s"
              .formatted(what, label, asOf, actual, expected));
    }
  }
}
