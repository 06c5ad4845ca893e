package io.vecraft.gateway.body;

import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.json.Fields;
import io.vecraft.journal.catalog.Partitions;

/** How large the journal is to be. */
public final class JournalBody {
  static final Fields FIELDS = Fields.of("JournalRequest", "data_partitions");

  private final Bodies bodies;

  public JournalBody(Bodies bodies) {
    this.bodies = bodies;
  }

  /** How many DATA partitions there are to be, 1 to 200. */
  public int dataPartitions(byte[] body) {
    return bodies.read(
        body,
        in -> {
          int count = 0;
          in.object(FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            count = (int) in.integer(1, Partitions.MAX_DATA_PARTITIONS);
          }
          if (count == 0) {
            throw Checks.invalid("a number of data partitions is needed", "data_partitions");
          }
          return count;
        });
  }
}
