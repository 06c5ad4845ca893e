package io.vecraft.gateway.rest;

import static com.linecorp.armeria.common.HttpMethod.GET;
import static com.linecorp.armeria.common.HttpMethod.PUT;

import com.linecorp.armeria.common.HttpResponse;
import io.vecraft.gateway.body.JournalBody;
import io.vecraft.gateway.body.PartitionBody;
import io.vecraft.gateway.call.CallFactory;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.HeaderNames;
import io.vecraft.gateway.call.Journals;
import io.vecraft.gateway.call.StampText;
import io.vecraft.gateway.json.JsonOut;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.write.Lineage;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.PartitionHomes;
import io.vecraft.journal.time.Deadline;
import io.vecraft.proto.journal.OwnPartition;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.proto.journal.PullResponse;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** Who wrote what, and the journal itself. */
final class LineageRoutes {
  private final Journals journals;
  private final JournalBody bodies;
  private final PartitionBody places;
  private final Supplier<Catalog> catalog;
  private final TailStream tails;
  private final Writers writers;
  private final Checks checks;

  LineageRoutes(
      Journals journals,
      JournalBody bodies,
      PartitionBody places,
      Supplier<Catalog> catalog,
      TailStream tails,
      Writers writers,
      Checks checks) {
    this.journals = journals;
    this.bodies = bodies;
    this.places = places;
    this.catalog = catalog;
    this.tails = tails;
    this.writers = writers;
    this.checks = checks;
  }

  List<Route> routes() {
    return List.of(
        read("/v1/operations/{request_id}", List.of(), this::operation),
        read("/v1/journal", List.of(), this::partitions),
        new Route(
            PUT, "/v1/journal", Route.Kind.WRITE, List.of(), (Route.Handler.Blocking) this::grow),
        new Route(
            PUT,
            "/v1/journal/{partition}",
            Route.Kind.WRITE,
            List.of(),
            (Route.Handler.Blocking) this::move),
        read("/v1/journal/{partition}/records", List.of("from", "limit"), this::records),
        new Route(
            GET,
            "/v1/journal/tail",
            Route.Kind.READ,
            List.of("collection", "from"),
            (Route.Handler.Streaming) this::tail));
  }

  private static Route read(String template, List<String> query, Route.Handler.Blocking handler) {
    return new Route(GET, template, Route.Kind.READ, query, handler);
  }

  private Answer operation(Exchange x, byte[] body) {
    Lineage.RequestTrace trace = journals.operation(x.call(), x.parameter(0));
    JsonOut out = new JsonOut(2_048).object().text("request_id", trace.requestId());
    out.text("principal", trace.principal()).text("trace_id", trace.traceId());
    if (!trace.operations().isEmpty()) {
      Writers.moment(out, "hlc", trace.operations().getFirst().stamp());
    }
    out.array("operations");
    trace.operations().forEach(o -> RecordJson.placed(out, o));
    return Answer.json(200, out.endArray().endObject());
  }

  private Answer partitions(Exchange x, byte[] body) {
    JsonOut out = new JsonOut(2_048).object().array("partitions");
    for (PartitionStatus partition : journals.status(x.call()).getPartitionsList()) {
      partition(out, partition, catalog.get());
    }
    size(out.endArray());
    return Answer.json(200, out.endObject());
  }

  private Answer grow(Exchange x, byte[] body) {
    long stamp = journals.grow(x.call(), bodies.dataPartitions(body));
    JsonOut out = new JsonOut().object();
    size(out);
    return writers.written(200, out, x.call(), stamp, stamp);
  }

  private Answer move(Exchange x, byte[] body) {
    int partition = partition(x.parameter(0));
    long stamp = journals.move(x.call(), partition, places.wish(body));
    JsonOut out = new JsonOut().object().number("id", partition);
    place(out, partition, catalog.get());
    return writers.written(200, out, x.call(), stamp, stamp);
  }

  private static void place(JsonOut out, int partition, Catalog now) {
    OwnPartition own =
        PartitionHomes.of(now.cluster(), partition).orElse(OwnPartition.getDefaultInstance());
    out.text("pool", NodePool.orShared(own.getWanted().getPool()))
        .number("replicas_wanted", own.getWanted().getReplicas())
        .bool("moving", !PartitionHomes.isThere(own));
  }

  private void size(JsonOut out) {
    Catalog now = catalog.get();
    out.number("data_partitions", now.partitions().dataPartitions())
        .number("data_partitions_wanted", now.partitionsWanted().dataPartitions());
  }

  static void partition(JsonOut out, PartitionStatus partition, Catalog now) {
    out.object()
        .number("id", partition.getPartition())
        .text("role", partition.getRole().name().toLowerCase(Locale.ROOT))
        .text("leader", partition.getLeader())
        .array("replicas");
    partition.getReplicasList().forEach(out::text);
    out.endArray();
    place(out, partition.getPartition(), now);
    out.number("first_offset", partition.getFirstOffset())
        .number("last_offset", partition.getLastOffset())
        .stamp("last_stamp", partition.getLastStamp())
        .stamp("closed_stamp", partition.getClosedStamp())
        .number("bytes", partition.getBytes())
        .number("segments", partition.getSegments())
        .number("feature_level", partition.getFeatureLevel())
        .array("damage");
    partition.getDamageList().forEach(out::text);
    out.endArray().endObject();
  }

  private Answer records(Exchange x, byte[] body) {
    int partition = partition(x.parameter(0));
    long from = x.queryNumber("from").orElse(1L);
    int limit =
        x.queryNumber("limit")
            .map(n -> checks.positive(Limit.PAGE, n, "limit"))
            .orElse(Checks.DEFAULT_LIMIT);
    PullResponse page = journals.records(x.call(), partition, Math.max(1, from), limit);
    JsonOut out = new JsonOut(8_192).object().number("partition", partition).array("records");
    Catalog names = catalog.get();
    page.getRecordsList().forEach(r -> RecordJson.record(out, r, names));
    out.endArray()
        .number("next_offset", page.getNextOffset())
        .number("first_offset", page.getFirstOffset())
        .number("last_offset", page.getLastOffset())
        .stamp("closed_stamp", page.getClosedStamp());
    return Answer.json(200, out.endObject());
  }

  private static int partition(String text) {
    boolean number =
        !text.isEmpty() && text.length() <= 4 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!number) {
      throw Checks.invalid("a partition is a number", "partition");
    }
    return Integer.parseInt(text);
  }

  private HttpResponse tail(Exchange x) {
    Optional<String> collection =
        x.queryText("collection").map(c -> checks.collection(c, "collection"));
    long from = x.queryText("from").map(text -> StampText.before(text, "from")).orElse(0L);
    long after = CallFactory.lastEventId(x.headers()).orElse(from);
    // Without a timeout of its own a tail has no end.
    Optional<Deadline> end =
        x.headers().contains(HeaderNames.TIMEOUT_MS)
            ? Optional.of(x.call().deadline())
            : Optional.empty();
    return tails.open(journals.tail(x.call(), collection, after), x.call().requestId(), end);
  }
}
