package io.vecraft.journal.partition;

import java.util.Arrays;
import java.util.Optional;

/**
 * The requests of the dedup window, in flat memory: a ring in the order of the log, and an
 * open-addressing table of positions in it, all of one request id in one run. {@value
 * #BYTES_PER_ENTRY} bytes a request at most. The bits that a position leaves free hold some of the
 * request's: so a look into the ring, which the processor's caches seldom hold, is rare for a
 * request that is not there.
 *
 * <p>What is in it is a function of the entries added: the newest {@code maxEntries} of them, less
 * those at the old end whose stamp is outside the window that ends at the newest record's. So it is
 * the same whether all of the log is added or only what may still be remembered. Entries that were
 * handed over by another partition stand where that was done, with stamps of before, and may be
 * there twice: whoever looks says from which stamp on entries count. Not safe for concurrent use.
 */
final class DedupTable {
  /** Memory of one entry: five numbers, and four positions at a load of at least a quarter. */
  static final int BYTES_PER_ENTRY = 5 * Long.BYTES + 4 * Integer.BYTES;

  private static final int WIDTH = 5;
  private static final int EMPTY = -1;

  private final PartitionSettings settings;
  private final int maxEntries;
  private long[] ring;
  private int[] table;
  private int positionBits;
  private int head;
  private int size;

  DedupTable(PartitionSettings settings) {
    this.settings = settings;
    this.maxEntries = settings.dedupEntries();
    allocate(Math.min(64, maxEntries));
  }

  private void allocate(int capacity) {
    ring = new long[capacity * WIDTH];
    table = new int[Math.max(2, Integer.highestOneBit(capacity * 2 - 1) << 1)];
    Arrays.fill(table, EMPTY);
    positionBits = Integer.SIZE - Integer.numberOfLeadingZeros(capacity - 1);
    head = 0;
  }

  int size() {
    return size;
  }

  /** Adds the newest entry. */
  void add(RequestEntry entry) {
    evict(entry.stamp());
    if (size == maxEntries) {
      removeHead();
    } else if (size * WIDTH == ring.length) {
      grow();
    }
    int slot = (head + size) % capacity();
    int at = slot * WIDTH;
    ring[at] = entry.request();
    ring[at + 1] = entry.scope();
    ring[at + 2] = entry.digest();
    ring[at + 3] = entry.offset();
    ring[at + 4] = entry.stamp();
    size++;
    index(slot);
  }

  /**
   * Whether a principal's request id is remembered with another digest than this.
   *
   * @param from the oldest stamp that counts
   */
  boolean hasOther(long request, long principal, long digest, long from) {
    int mask = table.length - 1;
    int tag = tag(request);
    for (int i = home(request); table[i] != EMPTY; i = i + 1 & mask) {
      if (tagAt(i) != tag) {
        continue;
      }
      int at = slotAt(i) * WIDTH;
      if (ring[at] == request
          && RequestKeys.principalOf(ring[at + 1]) == principal
          && ring[at + 2] != digest
          && ring[at + 4] >= from) {
        return true;
      }
    }
    return false;
  }

  /**
   * The entry of a key; of several, which is a request that was handed over again, the newest.
   *
   * @param from the oldest stamp that counts
   */
  Optional<RequestEntry> find(long request, long scope, long from) {
    int mask = table.length - 1;
    int tag = tag(request);
    int found = EMPTY;
    for (int i = home(request); table[i] != EMPTY; i = i + 1 & mask) {
      if (tagAt(i) != tag) {
        continue;
      }
      int at = slotAt(i) * WIDTH;
      if (ring[at] == request
          && ring[at + 1] == scope
          && ring[at + 4] >= from
          && (found == EMPTY || isNewer(at, found))) {
        found = at;
      }
    }
    return found == EMPTY
        ? Optional.empty()
        : Optional.of(
            new RequestEntry(request, scope, ring[found + 2], ring[found + 3], ring[found + 4]));
  }

  private boolean isNewer(int at, int than) {
    return ring[at + 4] != ring[than + 4]
        ? ring[at + 4] > ring[than + 4]
        : ring[at + 3] > ring[than + 3];
  }

  /** Forgets what is older than the window that ends at {@code stamp}. */
  void evict(long stamp) {
    long from = settings.rememberedFrom(stamp);
    while (size > 0 && ring[head * WIDTH + 4] < from) {
      removeHead();
    }
  }

  private int capacity() {
    return ring.length / WIDTH;
  }

  private void grow() {
    long[] old = ring;
    int oldHead = head;
    int oldCapacity = capacity();
    allocate((int) Math.min(maxEntries, oldCapacity * 2L));
    for (int i = 0; i < size; i++) {
      System.arraycopy(old, (oldHead + i) % oldCapacity * WIDTH, ring, i * WIDTH, WIDTH);
      index(i);
    }
  }

  private void index(int slot) {
    int mask = table.length - 1;
    int i = home(ring[slot * WIDTH]);
    while (table[i] != EMPTY) {
      i = i + 1 & mask;
    }
    table[i] = tag(ring[slot * WIDTH]) | slot;
  }

  private void removeHead() {
    int mask = table.length - 1;
    int i = home(ring[head * WIDTH]);
    while (slotAt(i) != head) {
      i = i + 1 & mask;
    }
    // Close the gap, so that every entry stays reachable from its home without tombstones.
    int gap = i;
    for (int j = gap + 1 & mask; table[j] != EMPTY; j = j + 1 & mask) {
      int home = home(ring[slotAt(j) * WIDTH]);
      if ((j - home & mask) >= (j - gap & mask)) {
        table[gap] = table[j];
        gap = j;
      }
    }
    table[gap] = EMPTY;
    head = (head + 1) % capacity();
    size--;
  }

  /** The position in the ring that a place of the table holds, which must not be empty. */
  private int slotAt(int i) {
    return table[i] & ~(-1 << positionBits);
  }

  private int tagAt(int i) {
    return table[i] & -1 << positionBits;
  }

  /** Bits that {@link #home} does not look at, above those of a position; never negative. */
  private int tag(long request) {
    return Long.hashCode(request) >>> 1 & -1 << positionBits;
  }

  private int home(long request) {
    return Long.hashCode(request) & table.length - 1;
  }
}
