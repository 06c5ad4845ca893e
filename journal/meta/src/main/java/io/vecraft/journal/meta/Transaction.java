package io.vecraft.journal.meta;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A compare-and-set step of a {@link MetaStore}.
 *
 * @param conditions all must hold
 * @param changes made together
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

    /** About what it takes in a request. */
    long bytes();

    /**
     * Writes a value.
     *
     * @param key the key
     * @param value the value
     * @param lease lease that the key is bound to
     */
    record Put(String key, byte[] value, OptionalLong lease) implements Change {
      @Override
      public long bytes() {
        return key.length() + value.length;
      }
    }

    /**
     * Deletes a key; no fault when it is not there.
     *
     * @param key the key
     */
    record Delete(String key) implements Change {
      @Override
      public long bytes() {
        return key.length();
      }
    }
  }

  /**
   * Collects a transaction; not for use by several threads. What is over a limit, or changes a key
   * twice, is an {@link IllegalArgumentException}.
   */
  public static final class Builder {
    private final List<Condition> conditions = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final Set<String> changed = new HashSet<>();
    private long bytes;

    private Builder() {}

    /** Whether one more change fits into the transaction. */
    public boolean fits(Change change) {
      return changes.isEmpty()
          || (changes.size() < MetaStore.MAX_CHANGES
              && bytes + change.bytes() <= MetaStore.MAX_TRANSACTION_BYTES);
    }

    /** Requires the key's revision; 0 = absent. */
    public Builder ifRevision(String key, long revision) {
      conditions.add(new Condition(checked(key), revision));
      return this;
    }

    public Builder put(String key, byte[] value) {
      return add(new Change.Put(key, value, OptionalLong.empty()));
    }

    public Builder put(String key, byte[] value, MetaStore.Lease lease) {
      return add(new Change.Put(key, value, OptionalLong.of(lease.id())));
    }

    public Builder delete(String key) {
      return add(new Change.Delete(key));
    }

    /** One more change. */
    public Builder add(Change change) {
      checked(change.key());
      if (change instanceof Change.Put put && put.value().length > MetaStore.MAX_VALUE_BYTES) {
        throw new IllegalArgumentException(
            "value of %s has %d bytes, at most %d"
                .formatted(put.key(), put.value().length, MetaStore.MAX_VALUE_BYTES));
      }
      if (!fits(change)) {
        throw new IllegalArgumentException(
            "a transaction has at most %d changes and %d bytes"
                .formatted(MetaStore.MAX_CHANGES, MetaStore.MAX_TRANSACTION_BYTES));
      }
      if (!changed.add(change.key())) {
        throw new IllegalArgumentException("key " + change.key() + " is changed twice");
      }
      bytes += change.bytes();
      changes.add(change);
      return this;
    }

    public Transaction build() {
      return new Transaction(conditions, changes);
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
