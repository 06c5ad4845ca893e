package io.vecraft.gateway.auth;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a caller may do: {@code read}, {@code write} or {@code admin}, each for everything or, as
 * {@code write:COLLECTION}, for one collection. Immutable.
 */
public final class Grants {
  /** Everything. */
  public static final Grants ALL = new Grants(Optional.of(Action.ADMIN), Map.of());

  /** Nothing. */
  public static final Grants NONE = new Grants(Optional.empty(), Map.of());

  private final Optional<Action> everywhere;
  private final Map<String, Action> byCollection;

  private Grants(Optional<Action> everywhere, Map<String, Action> byCollection) {
    this.everywhere = everywhere;
    this.byCollection = byCollection;
  }

  /**
   * The grants of a key.
   *
   * @throws VecraftException {@code invalid_argument} about {@code grants[i]}
   */
  public static Grants parse(List<String> grants) {
    Optional<Action> everywhere = Optional.empty();
    var byCollection = new HashMap<String, Action>();
    for (int i = 0; i < grants.size(); i++) {
      String grant = grants.get(i);
      int colon = grant.indexOf(':');
      Action action = action(colon < 0 ? grant : grant.substring(0, colon), i);
      if (colon < 0) {
        everywhere = everywhere.filter(a -> a.compareTo(action) >= 0).or(() -> Optional.of(action));
      } else {
        String collection = grant.substring(colon + 1);
        if (collection.isEmpty()) {
          throw new VecraftException(
              ErrorCode.INVALID_ARGUMENT, "no collection after the colon", "grants[" + i + "]");
        }
        byCollection.merge(collection, action, (a, b) -> a.compareTo(b) >= 0 ? a : b);
      }
    }
    return new Grants(everywhere, Map.copyOf(byCollection));
  }

  private static Action action(String name, int position) {
    for (Action action : Action.values()) {
      if (action.grant().equals(name)) {
        return action;
      }
    }
    throw new VecraftException(
        ErrorCode.INVALID_ARGUMENT,
        "a grant is read, write or admin, each alone or followed by :COLLECTION",
        "grants[" + position + "]");
  }

  /** Whether the action is allowed on everything. */
  public boolean allow(Action action) {
    return everywhere.isPresent() && everywhere.get().compareTo(action) >= 0;
  }

  /** Whether the action is allowed on the collection. */
  public boolean allow(Action action, String collection) {
    if (allow(action)) {
      return true;
    }
    Action granted = byCollection.get(collection);
    return granted != null && granted.compareTo(action) >= 0;
  }
}
