package io.vecraft.storage.shard;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import io.vecraft.index.memory.ChunkEditor;
import io.vecraft.index.memory.RowFormat;
import io.vecraft.index.memory.RowStore;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * From an id to the newest row of its record: open addressing outside the heap, the ids themselves
 * being compared in the payload log. A slot holds 32 bits of hash and the row plus one.
 *
 * <p>One thread puts; readers take no lock. A reader may see a row that is newer than its stamp and
 * goes back from there.
 */
final class IdTable implements AutoCloseable {
  private static final HashFunction HASH = Hashing.murmur3_32_fixed(0x7EC4AF7);
  private static final RowFormat FORMAT = new RowFormat("ids", Long.BYTES, false);
  private static final long LOW = 0xFFFF_FFFFL;

  /** A slot whose id had no row at the stamp of the checkpoint that it was read from. */
  private static final long HOLE = 1L << 32;

  private static final int SLOTS_MIN = 256;

  private final VersionTable rows;
  private final PayloadLog payloads;

  /** Tables that readers may still be in. */
  private final List<RowStore> outgrown = new CopyOnWriteArrayList<>();

  private volatile Slots slots;

  /** One table. {@code used} counts slots that are not empty. */
  private static final class Slots {
    final RowStore store;
    final int mask;
    volatile int used;

    Slots(RowStore store, int count, int used) {
      this.store = store;
      this.mask = count - 1;
      this.used = used;
    }
  }

  private IdTable(VersionTable rows, PayloadLog payloads, Slots slots) {
    this.rows = rows;
    this.payloads = payloads;
    this.slots = slots;
  }

  static IdTable create(VersionTable rows, PayloadLog payloads) {
    return new IdTable(rows, payloads, empty(SLOTS_MIN));
  }

  static IdTable open(
      VersionTable rows,
      PayloadLog payloads,
      Path directory,
      List<StoredFile> files,
      int slots,
      int used)
      throws IOException {
    RowStore store = RowStore.open(FORMAT, directory, files, slots);
    return new IdTable(rows, payloads, new Slots(store, slots, used));
  }

  private static Slots empty(int count) {
    return new Slots(RowStore.ofRows(FORMAT, count), count, 0);
  }

  /** The newest row of an id, {@link VersionTable#NONE} if there was never one. */
  int find(byte[] id) {
    Slots in = slots;
    int hash = HASH.hashBytes(id).asInt();
    for (int slot = hash & in.mask; ; slot = (slot + 1) & in.mask) {
      long entry = in.store.getLong(slot, 0);
      VarHandle.acquireFence();
      if (entry == 0) {
        return VersionTable.NONE;
      }
      int row = (int) (entry & LOW) - 1;
      if (row >= 0 && (int) (entry >>> 32) == hash && payloads.isOf(rows.payload(row), id)) {
        return row;
      }
    }
  }

  /**
   * Makes {@code row} the newest of an id.
   *
   * @param before what {@link #find} said
   */
  void put(byte[] id, int before, int row) {
    Slots in = slots;
    if (before == VersionTable.NONE && (in.used + 1) * 2L > in.mask + 1) {
      in = grow(in);
    }
    int hash = HASH.hashBytes(id).asInt();
    int slot = hash & in.mask;
    if (before == VersionTable.NONE) {
      while (in.store.getLong(slot, 0) != 0) {
        slot = (slot + 1) & in.mask;
      }
      in.used = in.used + 1;
    } else {
      long wanted = entry(hash, before);
      while (in.store.getLong(slot, 0) != wanted) {
        slot = (slot + 1) & in.mask;
      }
    }
    // What the row says must be seen by whoever finds it.
    VarHandle.releaseFence();
    in.store.setLong(slot, 0, entry(hash, row));
  }

  private static long entry(int hash, int row) {
    return (long) hash << 32 | (row + 1) & LOW;
  }

  private Slots grow(Slots from) {
    Slots to = empty(Math.multiplyExact(from.mask + 1, 2));
    int used = 0;
    for (int i = 0; i <= from.mask; i++) {
      long entry = from.store.getLong(i, 0);
      if ((entry & LOW) == 0) {
        continue;
      }
      int slot = (int) (entry >>> 32) & to.mask;
      while (to.store.getLong(slot, 0) != 0) {
        slot = (slot + 1) & to.mask;
      }
      to.store.setLong(slot, 0, entry);
      used++;
    }
    to.used = used;
    outgrown.add(from.store);
    slots = to;
    return to;
  }

  /** A table as a checkpoint takes it; it may be outgrown while it is written. */
  static final class Cut {
    private final Slots slots;

    private Cut(Slots slots) {
      this.slots = slots;
    }

    /** Number of slots. */
    int count() {
      return slots.mask + 1;
    }

    /** At least the slots that are not empty in what has been written. */
    int used() {
      return slots.used;
    }
  }

  /** To be called by the applying thread or while it stands still. */
  Cut cut() {
    return new Cut(slots);
  }

  /** Stores a table as it was when the shard had {@code count} rows. */
  List<StoredFile> write(Cut cut, Path directory, long generation, int count) throws IOException {
    var layout = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ChunkEditor asOf =
        (copy, first, n) -> {
          boolean differs = false;
          for (long i = 0; i < n; i++) {
            // Read again: a copy made while a slot is set may hold half of it.
            long entry = cut.slots.store.getLong(first + i, 0);
            VarHandle.acquireFence();
            long then = asOf(entry, count);
            copy.set(layout, i * Long.BYTES, then);
            differs |= then != entry;
          }
          return differs;
        };
    return cut.slots.store.write(directory, generation, cut.count(), asOf);
  }

  private long asOf(long entry, int count) {
    int row = (int) (entry & LOW) - 1;
    if (row < count) {
      return entry;
    }
    while (row >= count) {
      row = rows.previous(row);
    }
    return row < 0 ? HOLE : entry((int) (entry >>> 32), row);
  }

  long offHeapBytes() {
    return slots.store.offHeapBytes() + outgrown.stream().mapToLong(RowStore::offHeapBytes).sum();
  }

  @Override
  public void close() {
    slots.store.close();
    outgrown.forEach(RowStore::close);
  }
}
