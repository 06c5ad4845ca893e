package io.vecraft.gateway.rest;

import static com.linecorp.armeria.common.HttpMethod.DELETE;
import static com.linecorp.armeria.common.HttpMethod.GET;
import static com.linecorp.armeria.common.HttpMethod.PUT;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.MediaType;
import io.vecraft.gateway.body.DrainBody;
import io.vecraft.gateway.call.Cluster;
import io.vecraft.gateway.call.Health;
import io.vecraft.gateway.call.Nodes;
import io.vecraft.gateway.json.JsonOut;
import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.proto.journal.StatusResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Supplier;

/** The cluster and its nodes, health, metrics, and the description of the interface. */
final class SystemRoutes {
  /** The OpenAPI document, beside this class. */
  static final String OPEN_API = "/io/vecraft/gateway/openapi.json";

  private static final String DRAIN = "/v1/nodes/{node}/drain";

  private final Cluster cluster;
  private final Nodes nodes;
  private final DrainBody drains;
  private final Writers writers;
  private final Supplier<Catalog> catalog;
  private final Health health;
  private final Metrics metrics;
  private final HttpData openApi;

  SystemRoutes(
      Cluster cluster,
      Nodes nodes,
      DrainBody drains,
      Health health,
      Metrics metrics,
      Supplier<Catalog> catalog,
      Writers writers) {
    this.cluster = cluster;
    this.nodes = nodes;
    this.drains = drains;
    this.writers = writers;
    this.catalog = catalog;
    this.health = health;
    this.metrics = metrics;
    this.openApi = HttpData.wrap(openApi());
  }

  private static byte[] openApi() {
    try (InputStream in = SystemRoutes.class.getResourceAsStream(OPEN_API)) {
      if (in == null) {
        throw new IllegalStateException("the program is built without " + OPEN_API);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Route> routes() {
    return List.of(
        new Route(GET, "/v1/cluster", Route.Kind.READ, List.of(), blocking(this::cluster)),
        new Route(PUT, DRAIN, Route.Kind.WRITE, List.of(), blocking(this::drain)),
        new Route(DELETE, DRAIN, Route.Kind.WRITE, List.of(), blocking(this::stay)),
        new Route(GET, "/healthz", Route.Kind.OPEN, List.of(), blocking(this::healthy)),
        new Route(GET, "/readyz", Route.Kind.OPEN, List.of(), blocking(this::ready)),
        new Route(GET, "/metrics", Route.Kind.OPEN, List.of(), blocking(this::metrics)),
        new Route(GET, "/openapi.json", Route.Kind.OPEN, List.of(), blocking(this::description)));
  }

  private static Route.Handler.Blocking blocking(Route.Handler.Blocking handler) {
    return handler;
  }

  private Answer cluster(Exchange x, byte[] body) {
    Cluster.Description description = cluster.describe(x.call());
    StatusResponse journal = description.journal();
    JsonOut out = new JsonOut(4_096).object();
    out.text("cluster_id", journal.getClusterId())
        .number("incarnation", journal.getIncarnation())
        .text("version", description.version())
        .array("roles");
    Cluster.ROLES.forEach(out::text);
    out.endArray().array("nodes");
    for (Cluster.Node node : description.nodes()) {
      node(out, node);
    }
    out.endArray().array("leaving");
    for (Nodes.Leaving leaving : description.leaving()) {
      out.object()
          .text("node", leaving.node())
          .bool("forced", leaving.forced())
          .stamp("since", leaving.since())
          .number("replicas_left", leaving.replicasLeft())
          .endObject();
    }
    out.endArray().object("clock");
    Writers.moment(out, "latest", description.clock().latest());
    out.number("epoch", description.clock().epoch()).array("members");
    for (Cluster.Member member : description.clock().members()) {
      out.object()
          .text("member", member.name())
          .stamp("value", member.value())
          .number("machine_ms", member.machineMs())
          .number("offset_ms", member.offsetMs())
          .endObject();
    }
    out.endArray().endObject().array("partitions");
    Catalog now = catalog.get();
    journal.getPartitionsList().forEach(p -> LineageRoutes.partition(out, p, now));
    return Answer.json(200, out.endArray().endObject());
  }

  private static void node(JsonOut out, Cluster.Node node) {
    out.object().text("name", node.name()).text("version", node.version()).array("roles");
    node.roles().forEach(out::text);
    out.endArray().stamp("catalog_stamp", node.catalogStamp()).array("replicas");
    for (Cluster.Replica replica : node.replicas()) {
      out.object()
          .number("collection_id", replica.collectionId())
          .text("collection", replica.collection())
          .number("shard", replica.shard())
          .stamp("frontier", replica.frontier())
          .stamp("known_stamp", replica.knownStamp())
          .number("lag_ms", replica.lagMs())
          .number("records", replica.records())
          .endObject();
    }
    out.endArray().endObject();
  }

  private Answer drain(Exchange x, byte[] body) {
    boolean force = drains.force(body);
    return told(x, "leaving", nodes.leave(x.call(), x.parameter(0), force));
  }

  private Answer stay(Exchange x, byte[] body) {
    return told(x, "staying", nodes.stay(x.call(), x.parameter(0)));
  }

  private Answer told(Exchange x, String outcome, long stamp) {
    JsonOut out = new JsonOut().object().text("node", x.parameter(0)).text("outcome", outcome);
    return writers.written(200, out, x.call(), stamp, stamp);
  }

  private Answer healthy(Exchange x, byte[] body) {
    return Answer.json(200, new JsonOut().object().text("status", "ok").endObject());
  }

  private Answer ready(Exchange x, byte[] body) {
    List<Health.Failure> failures = health.failures();
    JsonOut out = new JsonOut().object().text("status", failures.isEmpty() ? "ready" : "not_ready");
    out.array("failing");
    for (Health.Failure failure : failures) {
      out.object().text("check", failure.name()).text("problem", failure.problem()).endObject();
    }
    out.endArray();
    if (failures.isEmpty()) {
      return Answer.json(200, out.endObject());
    }
    out.object("error")
        .text("code", "not_ready")
        .text("message", "not ready: " + String.join(", ", names(failures)))
        .text("request_id", x.call().requestId())
        .endObject();
    return Answer.json(503, out.endObject()).header(HttpHeaderNames.RETRY_AFTER, "1");
  }

  private static List<String> names(List<Health.Failure> failures) {
    return failures.stream().map(Health.Failure::name).toList();
  }

  private Answer metrics(Exchange x, byte[] body) {
    String accept = x.headers().get(HttpHeaderNames.ACCEPT, "");
    String type = Metrics.contentType(accept);
    return Answer.of(200, MediaType.parse(type), HttpData.ofUtf8(metrics.text(type)));
  }

  private Answer description(Exchange x, byte[] body) {
    return Answer.of(200, MediaType.JSON, openApi);
  }
}
