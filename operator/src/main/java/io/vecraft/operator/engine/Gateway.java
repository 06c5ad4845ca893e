package io.vecraft.operator.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * One cluster through its gateways. Collections that are made and changed through it belong to one
 * resource, and the gateways let nobody else change them. Calls block, a few seconds at most. Safe
 * for concurrent use.
 */
public final class Gateway {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final String COLLECTIONS = "/v1/collections";
  private static final int NOT_FOUND = 404;

  /** What the gateways answered: a status of HTTP, and what came with it. */
  private record Answer(int status, JsonNode body) {}

  private final String endpoint;
  private final String key;
  private final HttpClient http;
  private final String owner;

  /**
   * To the gateways of a cluster.
   *
   * @param http connections that trust them
   * @param endpoint their URL
   * @param key that may do everything
   * @param owner name of the resource on whose behalf
   */
  Gateway(HttpClient http, String endpoint, String key, String owner) {
    this.endpoint = endpoint;
    this.key = key;
    this.owner = owner;
    this.http = http;
  }

  /** The description of a collection; empty when there is none. */
  public Optional<JsonNode> describe(String collection) throws GatewayException {
    return call("GET", COLLECTIONS + "/" + collection, Optional.empty());
  }

  /** The journal's partitions. */
  public JsonNode partitions() throws GatewayException {
    return journal().path("partitions");
  }

  /** The journal: its partitions, how many are open for data, and how many there are to be. */
  public JsonNode journal() throws GatewayException {
    return call("GET", "/v1/journal", Optional.empty())
        .orElseThrow(() -> new GatewayException(NOT_FOUND, "there is no journal"));
  }

  /** Lets there be more partitions for data. */
  public void grow(int dataPartitions) throws GatewayException {
    call(
        "PUT",
        "/v1/journal",
        Optional.of(JSON.createObjectNode().put("data_partitions", dataPartitions)));
  }

  /** Name of the pool of journal nodes that a partition has of its own. */
  public static String poolOf(int partition) {
    return "partition-" + partition;
  }

  /**
   * Wants a partition of the journal in a pool of journal nodes; the same again changes nothing.
   *
   * @param replicas 0 for as many as the cluster has journal nodes, in the shared pool
   */
  public void place(int partition, String pool, int replicas) throws GatewayException {
    Answer answer =
        send(
            "PUT",
            "/v1/journal/" + partition,
            Optional.of(JSON.createObjectNode().put("pool", pool).put("replicas", replicas)));
    if (answer.status() == NOT_FOUND) {
      throw new GatewayException(NOT_FOUND, "the gateways cannot place partition " + partition);
    }
  }

  /** The descriptions of all collections. */
  public JsonNode list() throws GatewayException {
    return call("GET", COLLECTIONS, Optional.empty())
        .orElseThrow(() -> new GatewayException(NOT_FOUND, "there is no list of collections"))
        .path("collections");
  }

  /** The nodes of the cluster, and which of them leave. */
  public JsonNode cluster() throws GatewayException {
    return call("GET", "/v1/cluster", Optional.empty())
        .orElseThrow(() -> new GatewayException(NOT_FOUND, "there is no cluster"));
  }

  /**
   * Tells a storage node to leave: what it has is made elsewhere.
   *
   * @return false when nobody knows the node: it is not there, and has no replica
   */
  public boolean leave(String node) throws GatewayException {
    Answer answer = send("PUT", drain(node), Optional.of(JSON.createObjectNode()));
    if (answer.status() != NOT_FOUND) {
      return true;
    }
    // That there is no such path says nothing of the node, which may have replicas.
    if (!answer.body().path("error").path("field").asText().equals("node")) {
      throw new GatewayException(NOT_FOUND, "the gateways cannot tell a node to leave");
    }
    return false;
  }

  /** Tells a storage node that was told to leave to stay, unless nobody knows it. */
  public void stay(String node) throws GatewayException {
    send("DELETE", drain(node), Optional.empty());
  }

  private static String drain(String node) {
    return "/v1/nodes/" + node + "/drain";
  }

  /** Makes a collection. */
  public void create(String collection, ObjectNode definition) throws GatewayException {
    required("PUT", collection, definition);
  }

  /** Changes a collection. */
  public void alter(String collection, ObjectNode change) throws GatewayException {
    required("PATCH", collection, change);
  }

  /** Drops a collection, unless there is none. */
  public void drop(String collection) throws GatewayException {
    call("DELETE", COLLECTIONS + "/" + collection, Optional.empty());
  }

  private void required(String method, String collection, ObjectNode body) throws GatewayException {
    if (call(method, COLLECTIONS + "/" + collection, Optional.of(body)).isEmpty()) {
      throw new GatewayException(NOT_FOUND, "the collection " + collection + " is not there");
    }
  }

  /** The answer; empty when what it is about is not there. */
  private Optional<JsonNode> call(String method, String path, Optional<ObjectNode> body)
      throws GatewayException {
    Answer answer = send(method, path, body);
    return answer.status() == NOT_FOUND ? Optional.empty() : Optional.of(answer.body());
  }

  private Answer send(String method, String path, Optional<ObjectNode> body)
      throws GatewayException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(endpoint + path))
            .timeout(CALL)
            .header("Authorization", "Bearer " + key)
            .header("X-Collection-Owner", owner)
            .header("Content-Type", "application/json")
            .method(
                method,
                body.map(b -> HttpRequest.BodyPublishers.ofString(b.toString()))
                    .orElseGet(HttpRequest.BodyPublishers::noBody))
            .build();
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      JsonNode answer = JSON.readTree(response.body());
      if (response.statusCode() >= 300 && response.statusCode() != NOT_FOUND) {
        JsonNode error = answer.path("error");
        String field = error.path("field").asText();
        String code = error.path("code").asText("unknown");
        throw new GatewayException(
            response.statusCode(),
            "%s [%s]"
                .formatted(
                    error.path("message").asText("HTTP " + response.statusCode()),
                    field.isEmpty() ? code : code + ": " + field),
            field);
      }
      return new Answer(response.statusCode(), answer);
    } catch (IOException e) {
      throw new GatewayException(0, "no answer from " + endpoint + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GatewayException(0, "interrupted");
    }
  }
}
