package io.vecraft.gateway.body;

import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.json.Fields;
import io.vecraft.gateway.json.JsonIn;
import io.vecraft.gateway.write.Ack;
import io.vecraft.gateway.write.Condition;
import io.vecraft.gateway.write.WriteItem;
import io.vecraft.index.filter.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Deletes by ids or by filter. */
public final class DeleteBody {
  static final Fields FIELDS = Fields.of("DeleteRequest", "ids", "filters", "ack");

  private final Bodies bodies;

  public DeleteBody(Bodies bodies) {
    this.bodies = bodies;
  }

  /** What to delete. */
  public sealed interface Delete {
    /** These. */
    record Ids(List<WriteItem.Delete> items, Ack ack) implements Delete {}

    /** What matches. */
    record Matching(Filter filter, Ack ack) implements Delete {}
  }

  public Delete read(byte[] body) {
    return bodies.read(body, this::delete);
  }

  private Delete delete(JsonIn in) {
    Optional<List<String>> ids = Optional.empty();
    Optional<Filter> filter = Optional.empty();
    Ack ack = Ack.JOURNAL;
    in.object(FIELDS);
    for (int field = in.field(); field >= 0; field = in.field()) {
      switch (field) {
        case 0 -> {
          var into = new ArrayList<String>();
          new QueryBody(bodies).texts(in, into, "ids");
          ids = Optional.of(into);
        }
        case 1 -> filter = Optional.of(bodies.filter(in));
        case 2 -> ack = Bodies.ack(in);
        default -> throw new IllegalStateException("field " + field);
      }
    }
    if (ids.isPresent() && filter.isPresent()) {
      throw Checks.invalid("ids and filters exclude each other", "filters");
    }
    if (filter.isPresent()) {
      return new Delete.Matching(filter.get(), ack);
    }
    List<String> wanted = ids.orElseThrow(() -> Checks.invalid("ids or filters are needed", "ids"));
    return new Delete.Ids(
        bodies.checks().ids(wanted, "ids").stream()
            .map(id -> new WriteItem.Delete(id, Condition.NONE))
            .toList(),
        ack);
  }
}
