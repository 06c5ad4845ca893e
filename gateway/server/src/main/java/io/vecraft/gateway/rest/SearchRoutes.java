package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.HttpMethod;
import io.vecraft.gateway.body.SearchBody;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.SearchWish;
import io.vecraft.gateway.call.Searches;
import io.vecraft.gateway.json.JsonOut;
import io.vecraft.query.SearchAnswer;
import io.vecraft.query.SearchInfo;
import io.vecraft.storage.read.Include;
import java.util.List;

/** Searches. */
final class SearchRoutes {
  private static final int ANSWER_BYTES = 768;
  private static final int HIT_BYTES = 160;
  private static final int FLOAT_CHARS = 12;

  private final SearchBody bodies;
  private final Searches searches;
  private final Checks checks;
  private final Writers writers;

  SearchRoutes(SearchBody bodies, Searches searches, Checks checks, Writers writers) {
    this.bodies = bodies;
    this.searches = searches;
    this.checks = checks;
    this.writers = writers;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            HttpMethod.POST,
            "/v1/vectors/search",
            Route.Kind.READ,
            List.of(),
            (Route.Handler.Staged) (x, body) -> prepare(x, bodies.read(body))),
        new Route(
            HttpMethod.POST,
            "/v1/collections/{collection}/search",
            Route.Kind.READ,
            List.of(),
            (Route.Handler.Staged) this::inCollection));
  }

  private Route.Prepared inCollection(Exchange x, byte[] body) {
    String collection = checks.collection(x.parameter(0), "collection");
    SearchWish wish = bodies.read(body);
    if (wish.names() && !wish.collection().equals(collection)) {
      throw Checks.invalid("the path names another collection", "collection");
    }
    return prepare(x, wish.collection(collection));
  }

  private Route.Prepared prepare(Exchange x, SearchWish wish) {
    x.read(wish.read);
    Searches.Prepared prepared = searches.prepare(x.call(), wish);
    return new Route.Prepared() {
      @Override
      public boolean atOnce() {
        return prepared.atOnce();
      }

      @Override
      public Answer run() {
        SearchAnswer answer = prepared.run();
        return writers.read(write(answer, wish.include()), answer.consistency());
      }
    };
  }

  private static JsonOut write(SearchAnswer answer, Include include) {
    int vectorBytes =
        include.vector() && !answer.hits().isEmpty()
            ? FLOAT_CHARS * answer.hits().getFirst().record().vector().length
            : 0;
    var out = new JsonOut(ANSWER_BYTES + answer.hits().size() * (HIT_BYTES + vectorBytes));
    out.object().array("results");
    for (SearchAnswer.ScoredHit hit : answer.hits()) {
      out.object().text("id", hit.record().id()).number("score", hit.score());
      out.number("distance", hit.distance()).stamp("version", hit.record().version());
      if (include.metadata()) {
        out.raw("metadata", hit.record().metadata());
      }
      if (include.vector()) {
        out.floats("vector", hit.record().vector());
      }
      out.endObject();
    }
    out.endArray();
    Writers.consistency(out, answer.consistency());
    SearchInfo info = answer.info();
    out.object("search_info")
        .bool("exact", info.exact())
        .text("strategy", info.strategy())
        .number("visited", info.visited())
        .number("took_us", info.tookMicros())
        .endObject();
    return out.endObject();
  }
}
