package io.vecraft.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vecraft.error.ErrorCode;
import io.vecraft.gateway.body.Bodies;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.Health;
import io.vecraft.gateway.call.RequestSpans;
import io.vecraft.gateway.call.Services;
import io.vecraft.gateway.call.Traffic;
import io.vecraft.gateway.json.Fields;
import io.vecraft.gateway.limits.InFlight;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.journal.rpc.Tracing;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The document and the code say the same, in both directions. */
class OpenApiTest {
  private static final Set<ErrorCode> INTERNAL = Set.of(ErrorCode.MOVED, ErrorCode.NOT_LEADER);
  private final JsonNode document = document();
  private final RestService service = service();

  private static JsonNode document() {
    try (InputStream in = OpenApiTest.class.getResourceAsStream(SystemRoutes.OPEN_API)) {
      return new ObjectMapper().readTree(in);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The routes alone; nothing of what they call is touched. */
  private static RestService service() {
    var metrics = new Metrics();
    var limits = Limits.defaults();
    return RestInterface.build(
        new Services(
            null,
            new Traffic(metrics, new InFlight(limits), new RequestSpans(Tracing.none())),
            new Checks(limits),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            new Health(List.of()),
            metrics,
            null),
        Runnable::run,
        () -> false);
  }

  private JsonNode operation(String route) {
    String[] parts = route.split(" ");
    return document.path("paths").path(parts[1]).path(parts[0].toLowerCase(Locale.ROOT));
  }

  @Test
  void everyRouteAndMethodIsInTheDocumentAndNoOther() {
    var described = new TreeSet<String>();
    document
        .path("paths")
        .fields()
        .forEachRemaining(path ->
            path.getValue()
                .fieldNames()
                .forEachRemaining(
                    m -> described.add(m.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    assertThat(described).isEqualTo(new TreeSet<>(service.routes()));
  }

  @Test
  void everyQueryParameterIsInTheDocumentAndNoOther() {
    for (String route : service.routes()) {
      var described = new TreeSet<String>();
      operation(route)
          .path("parameters")
          .forEach(p -> {
            if (p.path("in").asText().equals("query")) {
              described.add(p.path("name").asText());
            }
          });
      String[] parts = route.split(" ");
      assertThat(described).as(route).isEqualTo(new TreeSet<>(service.queryOf(parts[0], parts[1])));
    }
  }

  @Test
  void everyFieldOfEveryBodyIsInTheDocumentAndNoOther() {
    for (Fields fields : Bodies.ALL) {
      JsonNode schema = document.path("components").path("schemas").path(fields.schema());
      var described = new TreeSet<String>();
      schema.path("properties").fieldNames().forEachRemaining(described::add);
      assertThat(described).as(fields.schema()).isEqualTo(new TreeSet<>(fields.names()));
      assertThat(schema.path("additionalProperties").asBoolean(true)).isFalse();
    }
  }

  @Test
  void everyRequestBodyIsOneThatIsRead() {
    var read = Bodies.ALL.stream().map(Fields::schema).toList();
    for (String route : service.routes()) {
      JsonNode body = operation(route).path("requestBody");
      boolean has = route.matches("(POST|PUT|PATCH) .*");
      assertThat(body.isMissingNode()).as(route).isEqualTo(!has);
      if (has) {
        String ref =
            body.path("content").path("application/json").path("schema").path("$ref").asText();
        assertThat(read).contains(ref.substring(ref.lastIndexOf('/') + 1));
      }
    }
  }

  @Test
  void everyErrorCodeIsListedWithItsStatus() {
    var codes = new ArrayList<String>();
    JsonNode schema = document.path("components").path("schemas").path("ErrorCode");
    schema.path("enum").forEach(c -> codes.add(c.asText()));
    var known = new ArrayList<String>();
    for (ErrorCode code : ErrorCode.values()) {
      if (!INTERNAL.contains(code)) {
        known.add(code.code());
        assertThat(schema.path("description").asText())
            .contains(
                "%s: HTTP %d, gRPC %s"
                    .formatted(code.code(), code.httpStatus(), code.grpcStatus()));
      }
    }
    assertThat(codes).containsExactlyInAnyOrderElementsOf(known);
  }

  @Test
  void everyReferenceIsThere() {
    for (JsonNode ref : document.findValues("$ref")) {
      assertThat(document.at(ref.asText().substring(1)).isMissingNode()).as(ref.asText()).isFalse();
    }
  }
}
