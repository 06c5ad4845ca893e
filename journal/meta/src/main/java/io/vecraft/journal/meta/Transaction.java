package io.vecraft.journal.meta;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A compare-and-set step of a {@link MetaStore}.
 *
 * @param conditions all must hold
 * @param changes made together, in order
 */
public record Transaction(List<Condition> conditions, List<Change> changes) {
  public Transaction {
    conditions = List.copyOf(conditions);
    changes = List.copyOf(changes);
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * The key's newest change has that revision; 0 says that the key does not exist.
   *
   * @param key the key
   * @param revision the revision expected
   */
  public record Condition(String key, long revision) {}

  /** One change of a key. */
  public sealed interface Change {
    String key();

    /**
     * Writes a value.
     *
     * @param key the key
     * @param value the value
     * @param lease lease that the key is bound to
     */
    record Put(String key, byte[] value, OptionalLong lease) implements Change {}

    /**
     * Deletes a key; no fault when it is not there.
     *
     * @param key the key
     */
    record Delete(String key) implements Change {}
  }

  /** Collects a transaction; not for use by several threads. */
  public static final class Builder {
    private final List<Condition> conditions = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();

    private Builder() {}

    /** Requires the key's revision; 0 = absent. */
    public Builder ifRevision(String key, long revision) {
      conditions.add(new Condition(checked(key), revision));
      return this;
    }

    public Builder put(String key, byte[] value) {
      return add(new Change.Put(checked(key), value, OptionalLong.empty()));
    }

    public Builder put(String key, byte[] value, MetaStore.Lease lease) {
      return add(new Change.Put(checked(key), value, OptionalLong.of(lease.id())));
    }

    public Builder delete(String key) {
      return add(new Change.Delete(checked(key)));
    }

    public Transaction build() {
      return new Transaction(conditions, changes);
    }

    private Builder add(Change change) {
      if (change instanceof Change.Put put && put.value().length > MetaStore.MAX_VALUE_BYTES) {
        throw new IllegalArgumentException(
            "value of "
                + put.key()
                + " has "
                + put.value().length
                + " bytes, at most "
                + MetaStore.MAX_VALUE_BYTES);
      }
      changes.add(change);
      return this;
    }

    private static String checked(String key) {
      int bytes = key.getBytes(StandardCharsets.UTF_8).length;
      if (bytes == 0 || bytes > MetaStore.MAX_KEY_BYTES) {
        throw new IllegalArgumentException(
            "key has " + bytes + " bytes, not 1.." + MetaStore.MAX_KEY_BYTES);
      }
      return key;
    }
  }
}
