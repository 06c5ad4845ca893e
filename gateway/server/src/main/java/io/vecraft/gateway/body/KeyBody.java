package io.vecraft.gateway.body;

import io.vecraft.gateway.auth.Grants;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.json.Fields;
import java.util.ArrayList;
import java.util.List;

/** Keys that are to be made. */
public final class KeyBody {
  static final Fields FIELDS = Fields.of("KeyRequest", "name", "grants");
  private static final int NAME_CHARS = 128;
  private static final int MOST_GRANTS = 256;

  private final Bodies bodies;

  public KeyBody(Bodies bodies) {
    this.bodies = bodies;
  }

  /** A key that is to be made. */
  public record Key(String name, List<String> grants) {}

  public Key read(byte[] body) {
    return bodies.read(
        body,
        in -> {
          String name = "";
          var grants = new ArrayList<String>();
          in.object(FIELDS);
          for (int field = in.field(); field >= 0; field = in.field()) {
            if (field == 0) {
              name = in.text();
            } else {
              in.array();
              while (in.element()) {
                grants.add(in.text());
                if (grants.size() > MOST_GRANTS) {
                  throw Checks.invalid("at most " + MOST_GRANTS + " grants", "grants");
                }
              }
            }
          }
          return checked(new Key(name, grants), bodies.checks());
        });
  }

  /** The same rules for a key that came otherwise. */
  public static Key checked(Key key, Checks checks) {
    if (key.name().isBlank() || key.name().length() > NAME_CHARS) {
      throw Checks.invalid("a name of 1 to " + NAME_CHARS + " characters is needed", "name");
    }
    if (key.grants().isEmpty()) {
      throw Checks.invalid("at least one grant is needed", "grants");
    }
    Grants.parse(key.grants());
    for (int i = 0; i < key.grants().size(); i++) {
      String grant = key.grants().get(i);
      int colon = grant.indexOf(':');
      if (colon >= 0) {
        checks.collection(grant.substring(colon + 1), "grants[" + i + "]");
      }
    }
    return key;
  }
}
