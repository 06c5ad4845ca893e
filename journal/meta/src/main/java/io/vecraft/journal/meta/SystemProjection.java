package io.vecraft.journal.meta;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps the catalog of the SYSTEM journal in a {@link MetaStore} and in memory.
 *
 * <p>Invariant: entries and the offset that they belong to change in one transaction, so the
 * projection is always the catalog of exactly the records below the stored offset. An empty store
 * is filled again from the journal's first record.
 *
 * <p>Keys: {@code collections/ID}, {@code keys/ID} (protobuf), {@code system/position} (next
 * offset, stamp, next collection id; three 64-bit numbers).
 *
 * <p>Safe for concurrent use; {@link #catalog()} never waits.
 */
public final class SystemProjection {
  static final String POSITION = "system/position";
  static final String COLLECTIONS = "collections/";
  static final String KEYS = "keys/";
  private static final int PULL_RECORDS = 1000;
  private static final long PULL_BYTES = 8 << 20;

  private final MetaStore store;
  private final JournalApi journal;
  private final ReentrantLock lock = new ReentrantLock();
  private long nextOffset; // guarded by lock
  private volatile Catalog catalog;

  private SystemProjection(MetaStore store, JournalApi journal, Partitions partitions) {
    this.store = store;
    this.journal = journal;
    this.nextOffset = 1;
    this.catalog = Catalog.empty(partitions);
  }

  /** Reads what the store has and applies what the journal has beyond it. */
  public static SystemProjection open(MetaStore store, JournalApi journal, Partitions partitions) {
    var projection = new SystemProjection(store, journal, partitions);
    projection.load(partitions);
    projection.refresh();
    return projection;
  }

  private void load(Partitions partitions) {
    var position = store.get(POSITION);
    if (position.isEmpty()) {
      return;
    }
    ByteBuffer numbers = ByteBuffer.wrap(position.get().value());
    lock.lock();
    try {
      nextOffset = numbers.getLong();
      long stamp = numbers.getLong();
      long nextId = numbers.getLong();
      var collections = new ArrayList<CollectionState>();
      for (MetaStore.Entry e : store.list(COLLECTIONS)) {
        collections.add(CollectionState.parseFrom(e.value()));
      }
      var keys = new ArrayList<ApiKey>();
      for (MetaStore.Entry e : store.list(KEYS)) {
        keys.add(ApiKey.parseFrom(e.value()));
      }
      catalog = Catalog.restore(partitions, stamp, nextId, collections, keys);
    } catch (InvalidProtocolBufferException e) {
      throw new MetaStoreException("the projection in the metadata store cannot be read", e);
    } finally {
      lock.unlock();
    }
  }

  /** The catalog as of the last refresh. */
  public Catalog catalog() {
    return catalog;
  }

  /** Applies every SYSTEM record that is committed by now; returns the catalog after them. */
  public Catalog refresh() {
    lock.lock();
    try {
      PullResponse batch;
      do {
        batch =
            journal.pull(
                PullRequest.newBuilder()
                    .setPartition(Partitions.SYSTEM)
                    .setFromOffset(nextOffset)
                    .setMaxRecords(PULL_RECORDS)
                    .setMaxBytes(PULL_BYTES)
                    .build());
        if (!batch.getRecordsList().isEmpty()) {
          apply(batch.getRecordsList(), batch.getNextOffset());
        }
      } while (batch.getNextOffset() <= batch.getLastOffset());
      return catalog;
    } finally {
      lock.unlock();
    }
  }

  private void apply(List<Record> records, long next) {
    Catalog before = catalog;
    Catalog after = before;
    for (Record record : records) {
      after = after.apply(record);
    }
    store.transact(difference(before, after, next));
    catalog = after;
    nextOffset = next;
  }

  private static Transaction difference(Catalog before, Catalog after, long next) {
    var tx = Transaction.builder();
    Set<CollectionState> unchanged = new HashSet<>(before.collections());
    for (CollectionState c : after.collections()) {
      if (!unchanged.contains(c)) {
        tx.put(COLLECTIONS + c.getId(), c.toByteArray());
      }
    }
    for (CollectionState c : before.collections()) {
      if (after.collection(c.getId()).isEmpty()) {
        tx.delete(COLLECTIONS + c.getId());
      }
    }
    Set<ApiKey> knownKeys = new HashSet<>(before.keys());
    Set<String> keysAfter = new HashSet<>();
    for (ApiKey k : after.keys()) {
      keysAfter.add(k.getId());
      if (!knownKeys.contains(k)) {
        tx.put(KEYS + k.getId(), k.toByteArray());
      }
    }
    for (ApiKey k : before.keys()) {
      if (!keysAfter.contains(k.getId())) {
        tx.delete(KEYS + k.getId());
      }
    }
    byte[] position =
        ByteBuffer.allocate(3 * Long.BYTES)
            .putLong(next)
            .putLong(after.stamp())
            .putLong(after.nextId())
            .array();
    return tx.put(POSITION, position).build();
  }
}
