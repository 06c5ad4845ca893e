package io.vecraft.gateway.auth;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;

/**
 * Who is calling.
 *
 * @param name as the journal records it; the id of the key
 * @param grants what is allowed
 */
public record Principal(String name, Grants grants) {
  /** A caller on the same machine, where keys are not required. */
  public static final Principal LOCAL = new Principal("local", Grants.ALL);

  /** A caller of what needs no key. */
  public static final Principal NOBODY = new Principal("nobody", Grants.NONE);

  /** Refuses what is not allowed on everything, with {@code permission_denied}. */
  public void require(Action action) {
    if (!grants.allow(action)) {
      throw new VecraftException(
          ErrorCode.PERMISSION_DENIED, "the key " + name + " has no grant " + action.grant());
    }
  }

  /** Refuses what is not allowed on the collection, with {@code permission_denied}. */
  public void require(Action action, String collection) {
    if (!grants.allow(action, collection)) {
      throw new VecraftException(
          ErrorCode.PERMISSION_DENIED,
          "the key %s has no grant %s on collection %s"
              .formatted(name, action.grant(), collection));
    }
  }
}
