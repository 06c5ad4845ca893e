package io.vecraft.e2e.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vecraft.cluster.local.ClusterShape;
import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalProcess;
import io.vecraft.e2e.program.Program;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A request can be followed through the processes that worked for it, under the client's trace. */
final class ClusterTracingTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String CLIENT_SPAN = "00f067aa0ba902b7";
  private static final String WRITING = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SEARCHING = "4bf92f3577b34da6a3ce929d0e0e4737";

  @TempDir Path directory;

  @Test
  void theSpansOfARequestAreOneTree() throws Exception {
    try (var collector = new SpanCollector();
        var http = HttpClient.newHttpClient()) {
      LocalCluster cluster = cluster(collector);
      try {
        cluster.start();
        for (LocalProcess process : cluster.processes()) {
          cluster.awaitReady(process.name(), PATIENCE);
        }
        URI server = URI.create(cluster.endpoints().getFirst());
        send(http, "PUT", server.resolve("/v1/collections/c"), "{\"dimension\":2}", "", "made");
        send(
            http,
            "POST",
            server.resolve("/v1/collections/c/vectors"),
            "{\"vectors\":[{\"id\":\"a\",\"vector\":[1,0]}]}",
            WRITING,
            "written");
        HttpResponse<String> found =
            send(
                http,
                "POST",
                server.resolve("/v1/collections/c/search"),
                "{\"vector\":[1,0],\"k\":1,\"consistency_level\":\"strong\"}",
                SEARCHING,
                "searched");
        assertThat(found.body()).contains("\"a\"");

        awaitTree(collector, WRITING, "written", Set.of("vecraft-gateway", "vecraft-journal"));
        awaitTree(
            collector,
            SEARCHING,
            "searched",
            Set.of("vecraft-gateway", "vecraft-query", "vecraft-storage", "vecraft-journal"));
        // Tails, watches and pings have been going on all the while.
        assertThat(collector.roots())
            .allSatisfy(root -> {
              assertThat(root.service()).isEqualTo("vecraft-gateway");
              assertThat(root.attributes()).containsKey("vecraft.request_id");
            });
      } finally {
        cluster.down();
      }
    }
  }

  private LocalCluster cluster(SpanCollector collector) throws IOException {
    var program = new ArrayList<String>();
    program.add("env");
    program.add("OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.endpoint());
    program.add("OTEL_BSP_SCHEDULE_DELAY=200");
    program.addAll(Program.command("192m"));
    var shape = new ClusterShape(1, 1, 1, 1, 0, 1, 300, 1, 0, "192m", 1_000, false);
    String etcd = System.getenv("VECRAFT_ETCD");
    return LocalCluster.create(directory, shape, program, Path.of(etcd == null ? "etcd" : etcd));
  }

  private static HttpResponse<String> send(
      HttpClient http, String method, URI uri, String body, String trace, String requestId)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .header("X-Request-Id", requestId)
            .header("X-Timeout-Ms", "60000")
            .method(method, BodyPublishers.ofString(body));
    if (!trace.isEmpty()) {
      request.header("traceparent", "00-" + trace + "-" + CLIENT_SPAN + "-01");
    }
    HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
    return answer;
  }

  /** Waits for spans of all services; every one hangs on another, the first one on the client's. */
  private static void awaitTree(
      SpanCollector collector, String trace, String requestId, Set<String> services) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          List<SpanCollector.Seen> spans = collector.of(trace);
          assertThat(spans).extracting(SpanCollector.Seen::service).containsAll(services);
          Set<String> ids = spans.stream().map(SpanCollector.Seen::id).collect(Collectors.toSet());
          List<SpanCollector.Seen> roots =
              spans.stream().filter(span -> !ids.contains(span.parent())).toList();
          assertThat(roots).hasSize(1);
          SpanCollector.Seen root = roots.getFirst();
          assertThat(root.parent()).isEqualTo(CLIENT_SPAN);
          assertThat(root.service()).isEqualTo("vecraft-gateway");
          assertThat(root.attributes()).containsEntry("vecraft.request_id", requestId);
        });
  }
}
