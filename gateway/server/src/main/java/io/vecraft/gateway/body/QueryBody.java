package io.vecraft.gateway.body;

import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.ReadWish;
import io.vecraft.gateway.json.Fields;
import io.vecraft.gateway.json.JsonIn;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.index.filter.Filter;
import io.vecraft.storage.read.Include;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads by id, scrolls and counts. Each may say how it is to be read. */
public final class QueryBody {
  private static final int READ_FIELDS = 5;
  static final Fields GET_FIELDS = withReadFields("GetRequest", "ids", "include");
  static final Fields SCROLL_FIELDS =
      withReadFields("ScrollRequest", "filters", "limit", "cursor", "include");
  static final Fields COUNT_FIELDS = withReadFields("CountRequest", "filters");
  private static final int CURSOR_CHARS = 4_096;

  private final Bodies bodies;

  public QueryBody(Bodies bodies) {
    this.bodies = bodies;
  }

  /** A read by id. */
  public record Get(List<String> ids, Include include, ReadWish read) {}

  /** One page of a scroll. */
  public record Scroll(
      Optional<Filter> filter,
      int limit,
      Optional<String> cursor,
      Include include,
      ReadWish read) {}

  /** A count. */
  public record Count(Optional<Filter> filter, ReadWish read) {}

  private static Fields withReadFields(String schema, String... others) {
    var names =
        new ArrayList<>(
            List.of(
                "consistency_level",
                "max_staleness_ms",
                "min_required_offset",
                "as_of",
                "allow_partial"));
    names.addAll(List.of(others));
    return Fields.of(schema, names.toArray(String[]::new));
  }

  private static void read(JsonIn in, int field, ReadWish read) {
    switch (field) {
      case 0 -> read.level(in.text(), in.path());
      case 1 -> read.maxStalenessMs(Bodies.maxStaleness(in));
      case 2 -> read.minRequiredStamp(Bodies.minRequired(in));
      case 3 -> read.asOf(Bodies.asOf(in));
      case 4 -> read.allowPartial(in.bool());
      default -> throw new IllegalStateException("field " + field);
    }
  }

  public Get get(byte[] body) {
    return bodies.read(
        body,
        in -> {
          var read = new ReadWish();
          var ids = new ArrayList<String>();
          Include include = Include.ALL;
          in.object(GET_FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            switch (field - READ_FIELDS) {
              case 0 -> texts(in, ids, "ids");
              case 1 -> include = Bodies.include(in);
              default -> read(in, field, read);
            }
          }
          return new Get(bodies.checks().ids(ids, "ids"), include, read);
        });
  }

  /** A list of texts, bounded while it is read. */
  void texts(JsonIn in, List<String> into, String field) {
    in.array();
    while (in.element()) {
      into.add(in.text());
      bodies.checks().items(into.size(), field);
    }
  }

  public Scroll scroll(byte[] body) {
    return bodies.read(
        body,
        in -> {
          var read = new ReadWish();
          Optional<Filter> filter = Optional.empty();
          int limit = Checks.DEFAULT_LIMIT;
          Optional<String> cursor = Optional.empty();
          Include include = Include.METADATA;
          in.object(SCROLL_FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            switch (field - READ_FIELDS) {
              case 0 -> filter = Optional.of(bodies.filter(in));
              case 1 -> limit = bodies.positive(in, Limit.PAGE);
              case 2 -> cursor = Optional.of(cursor(in.text(), in.path()));
              case 3 -> include = Bodies.include(in);
              default -> read(in, field, read);
            }
          }
          return new Scroll(filter, limit, cursor, include, read);
        });
  }

  /** A cursor, of a length that one of ours can have. */
  public static String cursor(String text, String field) {
    if (text.isEmpty() || text.length() > CURSOR_CHARS) {
      throw Checks.invalid("the cursor is not one of this server's", field);
    }
    return text;
  }

  public Count count(byte[] body) {
    return bodies.read(
        body,
        in -> {
          var read = new ReadWish();
          Optional<Filter> filter = Optional.empty();
          in.object(COUNT_FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            if (field == READ_FIELDS) {
              filter = Optional.of(bodies.filter(in));
            } else {
              read(in, field, read);
            }
          }
          return new Count(filter, read);
        });
  }
}
