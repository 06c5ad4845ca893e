package io.vecraft.gateway.body;

import io.vecraft.gateway.json.Fields;

/** How a node is to leave. */
public final class DrainBody {
  static final Fields FIELDS = Fields.of("DrainRequest", "force");

  private final Bodies bodies;

  public DrainBody(Bodies bodies) {
    this.bodies = bodies;
  }

  /** Whether it is to leave even though fewer replicas than wanted remain. */
  public boolean force(byte[] body) {
    return bodies.read(
        body,
        in -> {
          boolean force = false;
          in.object(FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            force = in.bool();
          }
          return force;
        });
  }
}
