package io.vecraft.gateway.body;

import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.Journals.PartitionWish;
import io.vecraft.gateway.json.Fields;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.catalog.PartitionHomes;

/** Where a partition of the journal is to be. */
public final class PartitionBody {
  static final Fields FIELDS = Fields.of("PartitionRequest", "pool", "replicas");

  /** Of a pool of its own, where nothing else is said: one may be lost. */
  private static final int REPLICAS = 3;

  private final Bodies bodies;

  public PartitionBody(Bodies bodies) {
    this.bodies = bodies;
  }

  /** The wish; without replicas it is {@value #REPLICAS}, in the shared pool all. */
  public PartitionWish wish(byte[] body) {
    return bodies.read(
        body,
        in -> {
          String pool = "";
          int replicas = -1;
          in.object(FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            if (field == 0) {
              pool = in.text();
              if (!NodePool.isName(pool)) {
                throw Checks.invalid("a pool " + NodePool.mustBeName(pool), in.path());
              }
            } else {
              replicas = (int) in.integer(0, PartitionHomes.REPLICAS_MAX);
            }
          }
          if (pool.isEmpty()) {
            throw Checks.invalid(
                "a pool is needed, '" + NodePool.SHARED + "' for where the others are", "pool");
          }
          boolean shared = pool.equals(NodePool.SHARED);
          return new PartitionWish(pool, replicas >= 0 ? replicas : shared ? 0 : REPLICAS);
        });
  }
}
