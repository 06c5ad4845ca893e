package io.vecraft.journal.meta;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.meta.MetaStore.Entry;
import io.vecraft.proto.journal.ApiKey;
import io.vecraft.proto.journal.ClusterState;
import io.vecraft.proto.journal.CollectionState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The catalog as entries of a {@link MetaStore}.
 *
 * <p>Keys: {@code collections/ID}, {@code keys/ID}, {@code system/cluster} (protobuf), {@code
 * system/position} (next offset, stamp, next collection id, control epoch; four 64-bit numbers).
 *
 * <p>Invariant: while the position names an offset, the other entries are the catalog of exactly
 * the records below it. A change that fits into one transaction is made in one, together with the
 * position. A larger one first sets the position to offset 0, "being made", and every step of it
 * requires that this very position still stands: of several processes that write at the same time
 * the last to begin wins, and the others' steps fail. A position never moves to an older offset.
 *
 * <p>Not safe for concurrent use.
 */
final class StoredCatalog {
  static final String POSITION = "system/position";
  static final String CLUSTER = "system/cluster";
  static final String COLLECTIONS = "collections/";
  static final String KEYS = "keys/";
  private static final int TRIES = 4;

  private final MetaStore store;
  private final Partitions partitions;

  /** What the store has as far as this process knows: entries by key, their position. */
  private Map<String, byte[]> known = new TreeMap<>();

  private long knownOffset;
  private long knownRevision;

  /**
   * A catalog and the records that it is made of.
   *
   * @param nextOffset first offset of SYSTEM that is not in it
   * @param catalog what the records below add up to
   */
  record Position(long nextOffset, Catalog catalog) {}

  StoredCatalog(MetaStore store, Partitions partitions) {
    this.store = store;
    this.partitions = partitions;
  }

  /** What the store has; empty when it has nothing or is being made. */
  Optional<Position> load() {
    Optional<Entry> position = store.get(POSITION);
    knownRevision = position.map(Entry::revision).orElse(0L);
    known = new TreeMap<>();
    knownOffset = 0;
    var collections = new ArrayList<CollectionState>();
    var keys = new ArrayList<ApiKey>();
    var cluster = ClusterState.newBuilder();
    try {
      Optional<Entry> state = store.get(CLUSTER);
      if (state.isPresent()) {
        known.put(CLUSTER, state.get().value());
        cluster.mergeFrom(state.get().value());
      }
      for (Entry e : store.list(COLLECTIONS)) {
        known.put(e.key(), e.value());
        collections.add(CollectionState.parseFrom(e.value()));
      }
      for (Entry e : store.list(KEYS)) {
        known.put(e.key(), e.value());
        keys.add(ApiKey.parseFrom(e.value()));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new MetaStoreException("the projection in the metadata store cannot be read", e);
    }
    // Entries read while another process changes them may be of two moments.
    long revisionAfter = store.get(POSITION).map(Entry::revision).orElse(0L);
    if (position.isEmpty() || revisionAfter != knownRevision) {
      return Optional.empty();
    }
    ByteBuffer numbers = ByteBuffer.wrap(position.get().value());
    long next = numbers.getLong();
    long stamp = numbers.getLong();
    long nextId = numbers.getLong();
    // Written before there was control: none has begun.
    cluster.setControlEpoch(numbers.hasRemaining() ? numbers.getLong() : 0);
    knownOffset = next;
    return next == 0
        ? Optional.empty()
        : Optional.of(
            new Position(
                next,
                Catalog.restore(partitions, stamp, nextId, collections, keys, cluster.build())));
  }

  /**
   * Brings the store to a position, or leaves it at a newer one.
   *
   * @throws MetaStoreException when it cannot be, or others write faster
   */
  void store(Position wanted) {
    for (int attempt = 0; attempt < TRIES; attempt++) {
      if (knownOffset >= wanted.nextOffset() || write(wanted)) {
        return;
      }
      load();
    }
    throw new MetaStoreException(
        "the projection in the metadata store is being changed by others",
        new IllegalStateException(POSITION));
  }

  private boolean write(Position wanted) {
    Map<String, byte[]> entries = entries(wanted.catalog());
    var changes = new ArrayList<Transaction.Change>();
    entries.forEach((key, value) -> {
      if (!Arrays.equals(value, known.get(key))) {
        changes.add(new Transaction.Change.Put(key, value, OptionalLong.empty()));
      }
    });
    for (String key : known.keySet()) {
      if (!entries.containsKey(key)) {
        changes.add(new Transaction.Change.Delete(key));
      }
    }
    Transaction.Change position = position(wanted.nextOffset(), wanted.catalog());
    if (!fitInOne(changes, position)) {
      if (!mark() || !writeInSteps(changes)) {
        return false;
      }
      changes.clear();
    }
    Transaction.Builder last = step();
    changes.forEach(last::add);
    OptionalLong revision = store.transact(last.add(position).build());
    if (revision.isPresent()) {
      known = entries;
      knownOffset = wanted.nextOffset();
      knownRevision = revision.getAsLong();
    }
    return revision.isPresent();
  }

  private static boolean fitInOne(List<Transaction.Change> changes, Transaction.Change position) {
    long bytes = position.bytes() + changes.stream().mapToLong(Transaction.Change::bytes).sum();
    return changes.size() < MetaStore.MAX_CHANGES && bytes <= MetaStore.MAX_TRANSACTION_BYTES;
  }

  /** A transaction that is made only while the position is as this process knows it. */
  private Transaction.Builder step() {
    return Transaction.builder().ifRevision(POSITION, knownRevision);
  }

  /** Says that the projection is being made, by this process. */
  private boolean mark() {
    OptionalLong revision =
        store.transact(step().add(position(0, Catalog.empty(partitions))).build());
    if (revision.isPresent()) {
      knownRevision = revision.getAsLong();
      knownOffset = 0;
    }
    return revision.isPresent();
  }

  private boolean writeInSteps(List<Transaction.Change> changes) {
    Transaction.Builder step = step();
    for (Transaction.Change change : changes) {
      if (!step.fits(change)) {
        if (store.transact(step.build()).isEmpty()) {
          return false;
        }
        step = step();
      }
      step.add(change);
    }
    return store.transact(step.build()).isPresent();
  }

  private static Map<String, byte[]> entries(Catalog catalog) {
    var entries = new TreeMap<String, byte[]>();
    catalog.collections().forEach(c -> entries.put(COLLECTIONS + c.getId(), c.toByteArray()));
    catalog.keys().forEach(k -> entries.put(KEYS + k.getId(), k.toByteArray()));
    ClusterState cluster = catalog.cluster().toBuilder().clearControlEpoch().build();
    if (cluster.getSerializedSize() > 0) {
      entries.put(CLUSTER, cluster.toByteArray());
    }
    return entries;
  }

  private static Transaction.Change position(long nextOffset, Catalog catalog) {
    byte[] numbers =
        ByteBuffer.allocate(4 * Long.BYTES)
            .putLong(nextOffset)
            .putLong(catalog.stamp())
            .putLong(catalog.nextId())
            .putLong(catalog.controlEpoch())
            .array();
    return new Transaction.Change.Put(POSITION, numbers, OptionalLong.empty());
  }
}
