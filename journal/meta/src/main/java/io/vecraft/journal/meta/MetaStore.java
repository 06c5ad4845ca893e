package io.vecraft.journal.meta;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A small ordered key-value store with compare-and-set transactions, watches and leases: etcd in a
 * cluster, SQLite in standalone. It holds the projection of the SYSTEM journal and what is only
 * alive (registrations, leases). Nothing that a user would miss is lost with it.
 *
 * <p>Revisions: every transaction that changes something gets the next revision of the store, from
 * 1; revisions of one store never go back.
 *
 * <p>Safe for concurrent use. Failures of the store are {@link MetaStoreException}s.
 */
public interface MetaStore extends AutoCloseable {
  /** Largest key, bytes of UTF-8. */
  int MAX_KEY_BYTES = 1024;

  /** Largest value, bytes. */
  int MAX_VALUE_BYTES = 1 << 20;

  Optional<Entry> get(String key);

  /** Entries whose key begins with the prefix, by ascending key. */
  List<Entry> list(String prefix);

  /** Applies the changes if all conditions hold, as one step; says whether they did. */
  boolean transact(Transaction transaction);

  /** Writes one entry unconditionally. */
  default void put(String key, byte[] value) {
    transact(Transaction.builder().put(key, value).build());
  }

  /**
   * Calls the listener, one event at a time and in the order of revisions, for every change of a
   * key with the prefix after {@code afterRevision}. Changes that are no longer kept end the watch
   * with {@link Watch#compacted()}: list again.
   */
  Watch watch(String prefix, long afterRevision, Consumer<Event> listener);

  /** Revision of the newest change, 0 for an empty store. */
  long revision();

  /** A lease: keys bound to it are deleted when it has not been kept alive for that long. */
  Lease grant(Duration timeToLive);

  @Override
  void close();

  /**
   * A key with its value.
   *
   * @param key UTF-8, at most {@link #MAX_KEY_BYTES}
   * @param value at most {@link #MAX_VALUE_BYTES}; not to be changed
   * @param createRevision revision at which the key came into being
   * @param revision revision of its newest change
   */
  record Entry(String key, byte[] value, long createRevision, long revision) {}

  /**
   * A change.
   *
   * @param key the key
   * @param value empty when it was deleted
   * @param revision revision of the change
   */
  record Event(String key, Optional<byte[]> value, long revision) {}

  /** Ends a watch when closed. */
  interface Watch extends AutoCloseable {
    /** Whether the watch ended because changes that it needed are no longer kept. */
    boolean compacted();

    @Override
    void close();
  }

  /** A lease that its holder keeps alive. */
  interface Lease extends AutoCloseable {
    long id();

    /** Extends it by its time to live; false once it has run out (it never comes back). */
    boolean keepAlive();

    /** Gives it back: its keys are deleted. */
    @Override
    void close();
  }
}
