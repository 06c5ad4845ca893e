package io.vecraft.gateway.rest;

import static com.linecorp.armeria.common.HttpMethod.DELETE;
import static com.linecorp.armeria.common.HttpMethod.GET;
import static com.linecorp.armeria.common.HttpMethod.PATCH;
import static com.linecorp.armeria.common.HttpMethod.POST;

import com.linecorp.armeria.common.HttpMethod;
import io.vecraft.gateway.body.DeleteBody;
import io.vecraft.gateway.body.QueryBody;
import io.vecraft.gateway.body.RecordBody;
import io.vecraft.gateway.body.TransactionBody;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.Reads;
import io.vecraft.gateway.call.StampText;
import io.vecraft.gateway.call.Writes;
import io.vecraft.gateway.json.JsonOut;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.write.Ack;
import io.vecraft.gateway.write.DeleteByFilterAnswer;
import io.vecraft.gateway.write.ItemResult;
import io.vecraft.gateway.write.WriteAnswer;
import io.vecraft.gateway.write.WriteItem;
import io.vecraft.query.CountAnswer;
import io.vecraft.query.GetAnswer;
import io.vecraft.query.HistoryAnswer;
import io.vecraft.query.ScrollAnswer;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.VersionView;
import java.util.List;

/** Records: written, read, scrolled, counted, deleted; and transactions. */
final class RecordRoutes {
  private static final String VECTORS = "/v1/collections/{collection}/vectors";
  private static final String VECTOR = VECTORS + "/{id}";

  private final Bodies bodies;
  private final Writes writes;
  private final Reads reads;
  private final Checks checks;
  private final Writers writers;

  /** The readers of the bodies. */
  record Bodies(
      RecordBody record, QueryBody query, DeleteBody delete, TransactionBody transaction) {}

  RecordRoutes(Bodies bodies, Writes writes, Reads reads, Checks checks, Writers writers) {
    this.bodies = bodies;
    this.writes = writes;
    this.reads = reads;
    this.checks = checks;
    this.writers = writers;
  }

  List<Route> routes() {
    return List.of(
        write(POST, "/v1/vectors", List.of(), this::insert),
        write(POST, VECTORS, List.of(), this::upsert),
        read(GET, VECTOR, List.of("as_of"), this::one),
        write(PATCH, VECTOR, List.of(), this::patch),
        write(DELETE, VECTOR, List.of("if_version", "ack"), this::deleteOne),
        read(GET, VECTOR + "/history", List.of("limit", "cursor"), this::history),
        read(POST, VECTORS + "/get", List.of("as_of"), this::get),
        write(POST, VECTORS + "/delete", List.of(), this::delete),
        read(POST, VECTORS + "/scroll", List.of("as_of"), this::scroll),
        read(POST, VECTORS + "/count", List.of("as_of"), this::count),
        write(POST, "/v1/transactions", List.of(), this::transaction));
  }

  private static Route read(
      HttpMethod method, String template, List<String> query, Route.Handler.Blocking handler) {
    return new Route(method, template, Route.Kind.READ, query, handler);
  }

  private static Route write(
      HttpMethod method, String template, List<String> query, Route.Handler.Blocking handler) {
    return new Route(method, template, Route.Kind.WRITE, query, handler);
  }

  private String collection(Exchange x) {
    return checks.collection(x.parameter(0), "collection");
  }

  private String id(Exchange x) {
    return checks.id(x.parameter(1), "id");
  }

  private Answer insert(Exchange x, byte[] body) {
    RecordBody.Single wish = bodies.record().single(body);
    Writes.Single done = writes.one(x.call(), wish.collection(), wish.record(), wish.ack());
    JsonOut out = new JsonOut().object();
    Writers.result(out, done.result());
    return writers.written(201, out, x.call(), done.stamp(), done.sessionStamp());
  }

  private Answer upsert(Exchange x, byte[] body) {
    String collection = collection(x);
    RecordBody.Batch wish = bodies.record().batch(body);
    WriteAnswer answer = writes.batch(x.call(), collection, wish.records(), wish.ack());
    JsonOut out = new JsonOut(128 + 80 * answer.results().size()).object();
    results(out, answer);
    return writers.written(200, out, x.call(), answer.stamp(), answer.sessionStamp());
  }

  private static void results(JsonOut out, WriteAnswer answer) {
    out.array("results");
    for (ItemResult result : answer.results()) {
      out.object();
      Writers.result(out, result);
      out.endObject();
    }
    out.endArray();
  }

  private Answer one(Exchange x, byte[] body) {
    GetAnswer answer = reads.one(x.call(), collection(x), id(x), Include.ALL, x.read());
    JsonOut out = new JsonOut(4_096).object();
    Writers.record(out, answer.records().getFirst(), Include.ALL);
    Writers.consistency(out, answer.consistency());
    return writers.read(out.endObject(), answer.consistency());
  }

  private Answer get(Exchange x, byte[] body) {
    String collection = collection(x);
    QueryBody.Get wish = bodies.query().get(body);
    GetAnswer answer =
        reads.get(x.call(), collection, wish.ids(), wish.include(), x.read(wish.read()));
    JsonOut out = new JsonOut(4_096).object();
    records(out, answer.records(), wish.include());
    out.array("missing");
    answer.missing().forEach(out::text);
    out.endArray();
    Writers.consistency(out, answer.consistency());
    return writers.read(out.endObject(), answer.consistency());
  }

  private static void records(JsonOut out, List<RecordView> records, Include include) {
    out.array("vectors");
    for (RecordView record : records) {
      out.object();
      Writers.record(out, record, include);
      out.endObject();
    }
    out.endArray();
  }

  private Answer scroll(Exchange x, byte[] body) {
    String collection = collection(x);
    QueryBody.Scroll wish = bodies.query().scroll(body);
    ScrollAnswer answer =
        reads.scroll(
            x.call(),
            collection,
            wish.filter(),
            wish.limit(),
            wish.cursor(),
            wish.include(),
            x.read(wish.read()));
    JsonOut out = new JsonOut(4_096).object();
    records(out, answer.records(), wish.include());
    out.text("cursor", answer.cursor());
    Writers.consistency(out, answer.consistency());
    return writers.read(out.endObject(), answer.consistency());
  }

  private Answer count(Exchange x, byte[] body) {
    String collection = collection(x);
    QueryBody.Count wish = bodies.query().count(body);
    CountAnswer answer = reads.count(x.call(), collection, wish.filter(), x.read(wish.read()));
    JsonOut out = new JsonOut().object().number("count", answer.count());
    Writers.consistency(out, answer.consistency());
    return writers.read(out.endObject(), answer.consistency());
  }

  private Answer history(Exchange x, byte[] body) {
    String collection = collection(x);
    String id = id(x);
    int limit =
        x.queryNumber("limit")
            .map(n -> checks.positive(Limit.PAGE, n, "limit"))
            .orElse(Checks.DEFAULT_LIMIT);
    var cursor = x.queryText("cursor").map(c -> QueryBody.cursor(c, "cursor"));
    HistoryAnswer answer = reads.history(x.call(), collection, id, limit, cursor, x.read());
    JsonOut out = new JsonOut(2_048).object().text("id", id).array("versions");
    for (VersionView version : answer.versions()) {
      out.object().text("kind", version.kind());
      Writers.moment(out, "version", version.version());
      out.text("request_id", version.requestId()).text("principal", version.principal());
      if (version.metadata().length > 0) {
        out.raw("metadata", version.metadata());
      }
      out.endObject();
    }
    out.endArray().text("cursor", answer.cursor());
    Writers.consistency(out, answer.consistency());
    return writers.read(out.endObject(), answer.consistency());
  }

  private Answer patch(Exchange x, byte[] body) {
    String collection = collection(x);
    RecordBody.Patch wish = bodies.record().patch(body, id(x));
    return single(x, writes.patch(x.call(), collection, wish.item(), wish.ack()));
  }

  private Answer deleteOne(Exchange x, byte[] body) {
    String collection = collection(x);
    long version =
        x.queryText("if_version").map(v -> StampText.decimal(v, "if_version")).orElse(0L);
    var item = new WriteItem.Delete(id(x), checks.condition(false, version, ""));
    Ack ack =
        switch (x.queryText("ack").orElse("journal")) {
          case "journal" -> Ack.JOURNAL;
          case "applied" -> Ack.APPLIED;
          default -> throw Checks.invalid("ack is journal or applied", "ack");
        };
    return single(x, writes.delete(x.call(), collection, item, ack));
  }

  private Answer single(Exchange x, Writes.Single done) {
    JsonOut out = new JsonOut().object();
    Writers.result(out, done.result());
    return writers.written(200, out, x.call(), done.stamp(), done.sessionStamp());
  }

  private Answer delete(Exchange x, byte[] body) {
    String collection = collection(x);
    return switch (bodies.delete().read(body)) {
      case DeleteBody.Delete.Ids(var items, var ack) -> {
        WriteAnswer answer = writes.deleteAll(x.call(), collection, items, ack);
        JsonOut out = new JsonOut(128 + 80 * items.size()).object();
        out.number(
            "accepted",
            answer.results().stream()
                .filter(r -> r.outcome() == ItemResult.Outcome.DELETED)
                .count());
        results(out, answer);
        yield writers.written(200, out, x.call(), answer.stamp(), answer.sessionStamp());
      }
      case DeleteBody.Delete.Matching(var filter, var ack) -> {
        DeleteByFilterAnswer answer = writes.deleteByFilter(x.call(), collection, filter, ack);
        JsonOut out =
            new JsonOut()
                .object()
                .stamp("as_of", answer.asOf())
                .number("deleted", answer.deleted())
                .number("skipped", answer.skipped());
        yield writers.written(200, out, x.call(), answer.stamp(), answer.sessionStamp());
      }
    };
  }

  private Answer transaction(Exchange x, byte[] body) {
    TransactionBody.Transaction wish = bodies.transaction().read(body);
    WriteAnswer answer = writes.transaction(x.call(), wish.steps(), wish.ack());
    JsonOut out = new JsonOut().object().text("outcome", "committed").array("results");
    for (int i = 0; i < answer.results().size(); i++) {
      out.object().text("collection", wish.steps().get(i).collection());
      Writers.result(out, answer.results().get(i));
      out.endObject();
    }
    out.endArray();
    return writers.written(200, out, x.call(), answer.stamp(), answer.sessionStamp());
  }
}
