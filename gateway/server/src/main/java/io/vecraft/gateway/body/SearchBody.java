package io.vecraft.gateway.body;

import io.vecraft.gateway.call.SearchWish;
import io.vecraft.gateway.json.Fields;
import io.vecraft.gateway.json.JsonIn;
import io.vecraft.gateway.limits.Limit;

/** The body of a search. The hot path: the vector goes from the body into the query directly. */
public final class SearchBody {
  static final Fields FIELDS =
      Fields.of(
          "SearchRequest",
          "vector",
          "k",
          "consistency_level",
          "max_staleness_ms",
          "min_required_offset",
          "filters",
          "collection",
          "text",
          "as_of",
          "exact",
          "ef",
          "include",
          "score_threshold",
          "allow_partial");

  private final Bodies bodies;

  public SearchBody(Bodies bodies) {
    this.bodies = bodies;
  }

  public SearchWish read(byte[] body) {
    return bodies.read(body, this::search);
  }

  private SearchWish search(JsonIn in) {
    var wish = new SearchWish();
    in.object(FIELDS);
    for (int field = in.field(); field >= 0; field = in.field()) {
      read(in, field, wish);
    }
    return wish;
  }

  private void read(JsonIn in, int field, SearchWish wish) {
    switch (field) {
      case 0 -> wish.vector(bodies.vector(in));
      case 1 -> wish.k(bodies.positive(in, Limit.K));
      case 2 -> wish.read.level(in.text(), in.path());
      case 3 -> wish.read.maxStalenessMs(Bodies.maxStaleness(in));
      case 4 -> wish.read.minRequiredStamp(Bodies.minRequired(in));
      case 5 -> wish.filter(bodies.filter(in));
      case 6 -> wish.collection(bodies.checks().collection(in.text(), in.path()));
      case 7 -> wish.text(bodies.checks().text(in.text(), in.path()));
      case 8 -> wish.read.asOf(Bodies.asOf(in));
      case 9 -> wish.exact(in.bool());
      case 10 -> wish.ef(bodies.positive(in, Limit.EF));
      case 11 -> wish.include(Bodies.include(in));
      case 12 -> wish.scoreThreshold(in.number());
      case 13 -> wish.read.allowPartial(in.bool());
      default -> throw new IllegalStateException("field " + field);
    }
  }
}
