package io.vecraft.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A collection of several shards with some records, of which another storage node can take part.
 */
final class SpreadCollection {
  private static final String PATH = "/v1/collections/spread";
  private static final int RECORDS = 20;

  private final GatewayClient gateway;

  /** Makes it. */
  SpreadCollection(GatewayClient gateway) throws IOException, InterruptedException {
    this.gateway = gateway;
    GatewayClient.Answer made =
        gateway.send("PUT", PATH, "{\"dimension\":3,\"metric\":\"cosine\",\"shards\":4}");
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    String vectors =
        IntStream.range(0, RECORDS)
            .mapToObj(n -> "{\"id\":\"n%d\",\"vector\":[1,%d,0]}".formatted(n, n))
            .collect(Collectors.joining(","));
    GatewayClient.Answer written =
        gateway.post(PATH + "/vectors", "{\"vectors\":[" + vectors + "]}");
    assertThat(written.status()).as(written.body().toString()).isEqualTo(200);
  }

  /** Whether a storage node has a replica of one of its shards. */
  boolean isOn(String node) throws IOException, InterruptedException {
    return gateway.get(PATH).body().path("shard_states").findValuesAsText("node").contains(node);
  }

  /** A strong search finds every record. */
  void isFound() throws IOException, InterruptedException {
    GatewayClient.Answer found =
        gateway.post(
            PATH + "/search",
            "{\"vector\":[1,1,0],\"k\":%d,\"consistency_level\":\"strong\"}".formatted(RECORDS));
    assertThat(found.status()).as(found.body().toString()).isEqualTo(200);
    assertThat(found.body().path("results")).as(found.body().toString()).hasSize(RECORDS);
  }

  void drop() throws IOException, InterruptedException {
    assertThat(gateway.send("DELETE", PATH, "").status()).isEqualTo(200);
  }
}
