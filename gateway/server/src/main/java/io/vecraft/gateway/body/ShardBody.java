package io.vecraft.gateway.body;

import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.json.Fields;
import io.vecraft.journal.catalog.Partitions;

/** Where a shard is to be. */
public final class ShardBody {
  static final Fields FIELDS = Fields.of("ShardRequest", "partition");

  private static final int LAST = Partitions.FIRST_DATA + Partitions.MAX_DATA_PARTITIONS - 1;

  private final Bodies bodies;

  public ShardBody(Bodies bodies) {
    this.bodies = bodies;
  }

  /** The number of a DATA partition, 3 to 202. */
  public int partition(byte[] body) {
    return bodies.read(
        body,
        in -> {
          int partition = 0;
          in.object(FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            partition = (int) in.integer(Partitions.FIRST_DATA, LAST);
          }
          if (partition == 0) {
            throw Checks.invalid("the number of a data partition is needed", "partition");
          }
          return partition;
        });
  }
}
