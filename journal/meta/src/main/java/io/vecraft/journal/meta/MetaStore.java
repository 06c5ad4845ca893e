package io.vecraft.journal.meta;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A small ordered key-value store with compare-and-set transactions, watches and leases: etcd in a
 * cluster, SQLite in standalone. It holds the projection of the SYSTEM journal and what is only
 * alive (registrations, leases). Nothing that a user would miss is lost with it.
 *
 * <p>Revisions: every transaction that changes something gets a larger revision than all before it;
 * revisions of one store never go back, and begin above 0.
 *
 * <p>Safe for concurrent use. Failures of the store are {@link MetaStoreException}s; a transaction
 * that ends in one may have been made all the same.
 */
public interface MetaStore extends AutoCloseable {
  /** Largest key, bytes of UTF-8. */
  int MAX_KEY_BYTES = 1024;

  /** Largest value, bytes. */
  int MAX_VALUE_BYTES = 1 << 20;

  /** Most changes of one transaction. */
  int MAX_CHANGES = 100;

  /** Most bytes of the keys and values of one transaction that has several changes. */
  int MAX_TRANSACTION_BYTES = 1 << 20;

  Optional<Entry> get(String key);

  /** Entries whose key begins with the prefix, by ascending key, all of one moment. */
  Listing snapshot(String prefix);

  /** The entries of a {@link #snapshot}. */
  default List<Entry> list(String prefix) {
    return snapshot(prefix).entries();
  }

  /**
   * Applies the changes if all conditions hold, as one step.
   *
   * @return the revision of the changes; empty when a condition does not hold
   * @throws IllegalStateException when a lease of it has run out
   */
  OptionalLong transact(Transaction transaction);

  /** Writes one entry unconditionally. */
  default void put(String key, byte[] value) {
    transact(Transaction.builder().put(key, value).build());
  }

  /**
   * Calls the listener for every change of a key with the prefix after {@code afterRevision}.
   * {@link MetaMirror} keeps up with a prefix for good.
   */
  Watch watch(String prefix, long afterRevision, Listener listener);

  /** Revision of the newest change, 0 for a store that never had any. */
  long revision();

  /**
   * A lease: keys bound to it are deleted when it has not been kept alive for that long.
   *
   * @param timeToLive at least 1 ms; a store may round it up, etcd to whole seconds
   */
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
   * All entries of a prefix at one moment.
   *
   * @param entries by ascending key
   * @param revision of the store at that moment: a watch after it misses nothing
   */
  record Listing(List<Entry> entries, long revision) {
    public Listing {
      entries = List.copyOf(entries);
    }
  }

  /**
   * A change.
   *
   * @param key the key
   * @param value empty when it was deleted
   * @param revision revision of the change
   */
  record Event(String key, Optional<byte[]> value, long revision) {}

  /** Told of changes; must neither block nor call the store. */
  interface Listener {
    /** One change at a time, in the order of revisions. */
    void changed(Event event);

    /**
     * The watch has ended by itself: the connection broke, or changes that it needed are no longer
     * kept. Some may never be told of: list again and watch from there. Called at most once, last.
     */
    void lost();
  }

  /** Ends a watch when closed. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** A lease that its holder keeps alive. */
  interface Lease extends AutoCloseable {
    long id();

    /**
     * Extends it by its time to live; false once it has run out (it never comes back).
     *
     * @throws MetaStoreException when the store cannot be asked, which says nothing of the lease
     */
    boolean keepAlive();

    /** Gives it back: its keys are deleted. */
    @Override
    void close();
  }
}
