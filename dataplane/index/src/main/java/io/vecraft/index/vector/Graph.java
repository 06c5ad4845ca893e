package io.vecraft.index.vector;

import io.vecraft.index.memory.AllMemory;
import io.vecraft.index.memory.ChunkEditor;
import io.vecraft.index.memory.RowFormat;
import io.vecraft.index.memory.RowStore;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The links of a hierarchical small-world graph, outside the heap: on level 0 a row of twice {@code
 * m} links for every node, above it a row of {@code m} for every level of a node. A link is an
 * ordinal plus one; zero ends a list. The links at the head of a list that were selected together,
 * by the rule that each is nearer to the node than to those before it, have a bit that says so.
 *
 * <p>Lists are read without a lock while they are rewritten: a reader may see an old, a new or a
 * mixed list, whose links are all to nodes that exist. Whoever rewrites a list holds its lock.
 */
final class Graph implements AutoCloseable {
  static final int NO_NODE = -1;

  /** Changes if {@link #level} does: levels are not stored. */
  static final int LEVELS_VERSION = 1;

  private static final int SELECTED = 1 << 31;
  private static final int LEVEL_MAX = 15;
  private static final int LOCKS = 1 << 12;
  private static final byte LINKED = 2;
  private static final byte LINKING = 1;
  private static final long ALL_LINKED = 0x0202020202020202L;
  private static final ValueLayout.OfLong EIGHT = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int m;
  private final RowStore base;
  private final RowStore upper;
  private final RowStore upperStart;
  private final RowStore states;
  private final long[] levelBelow;
  private final Object[] locks = new Object[LOCKS];

  /** Rows of {@link #upper} in use; guarded by the lock of appending. */
  private int upperRows;

  private volatile int entry = NO_NODE;

  private Graph(int m, RowStore base, RowStore upper, RowStore upperStart, RowStore states) {
    this.m = m;
    this.base = base;
    this.upper = upper;
    this.upperStart = upperStart;
    this.states = states;
    this.levelBelow = levelBounds(m);
    for (int i = 0; i < LOCKS; i++) {
      locks[i] = new Object();
    }
  }

  static Graph create(int m) {
    return new Graph(
        m,
        RowStore.create(baseFormat(m)),
        RowStore.create(upperFormat(m)),
        RowStore.create(startFormat()),
        RowStore.create(stateFormat()));
  }

  /** Opens the links of {@code count} nodes. */
  static Graph open(int m, IndexFiles files, int count, int upperRows, int entry)
      throws IOException {
    List<RowStore> opened = new ArrayList<>();
    try {
      opened.add(files.open(baseFormat(m), count));
      opened.add(files.open(upperFormat(m), upperRows));
      opened.add(files.open(startFormat(), count));
      opened.add(files.open(stateFormat(), count));
    } catch (IOException | RuntimeException e) {
      opened.forEach(RowStore::close);
      throw e;
    }
    Graph graph = new Graph(m, opened.get(0), opened.get(1), opened.get(2), opened.get(3));
    graph.upperRows = upperRows;
    graph.entry = entry;
    return graph;
  }

  private static RowFormat baseFormat(int m) {
    return new RowFormat("links", 2 * m * Integer.BYTES, false);
  }

  private static RowFormat upperFormat(int m) {
    return new RowFormat("upper", m * Integer.BYTES, false);
  }

  private static RowFormat startFormat() {
    return new RowFormat("starts", Integer.BYTES, true);
  }

  private static RowFormat stateFormat() {
    return new RowFormat("states", 1, false);
  }

  private static long[] levelBounds(int m) {
    long[] bounds = new long[LEVEL_MAX];
    double bound = 0x1p64;
    for (int level = 0; level < LEVEL_MAX; level++) {
      bound /= m;
      bounds[level] = bound >= 0x1p63 ? (long) (bound - 0x1p63) + Long.MIN_VALUE : (long) bound;
    }
    return bounds;
  }

  /**
   * The highest level of a node, a function of its ordinal: so that building again gives the same
   * graph. A node reaches a level with probability {@code m} to the power of minus it.
   */
  int level(int ordinal) {
    long hash = (ordinal + 1L) * 0x9E3779B97F4A7C15L;
    hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
    hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
    hash ^= hash >>> 31;
    int level = 0;
    while (level < LEVEL_MAX && Long.compareUnsigned(hash, levelBelow[level]) < 0) {
      level++;
    }
    return level;
  }

  /** Links that a list of a level can have. */
  int width(int level) {
    return level == 0 ? 2 * m : m;
  }

  /** Makes room for the next ordinal; one thread at a time. */
  void add(int ordinal) {
    int level = level(ordinal);
    base.ensure(ordinal + 1L);
    upperStart.ensure(ordinal + 1L);
    states.ensure(ordinal + 1L);
    upper.ensure(upperRows + (long) level);
    upperStart.setInt(ordinal, 0, upperRows);
    upperRows += level;
  }

  int entry() {
    return entry;
  }

  void entry(int ordinal) {
    entry = ordinal;
  }

  /** What is to be held while a node's lists are rewritten. */
  Object lock(int ordinal) {
    return locks[ordinal & (LOCKS - 1)];
  }

  boolean isLinked(int ordinal) {
    return states.getByte(ordinal, 0) == LINKED;
  }

  boolean isLinking(int ordinal) {
    return states.getByte(ordinal, 0) == LINKING;
  }

  /**
   * The first node from {@code from} on that is not linked, {@code end} if all are. Eight states at
   * a time: a restart looks at those of all nodes, in code that is not compiled yet.
   */
  int nextUnlinked(int from, int end) {
    int ordinal = from;
    while (ordinal < end) {
      if (ordinal + Long.BYTES <= end
          && ordinal % Long.BYTES == 0
          && states.segment(ordinal).get(EIGHT, states.offset(ordinal)) == ALL_LINKED) {
        ordinal += Long.BYTES;
      } else if (isLinked(ordinal)) {
        ordinal++;
      } else {
        return ordinal;
      }
    }
    return end;
  }

  /** Sets a node's state; under its lock. */
  void linking(int ordinal) {
    states.setByte(ordinal, 0, LINKING);
  }

  void linked(int ordinal) {
    VarHandle.releaseFence();
    states.setByte(ordinal, 0, LINKED);
  }

  void unlinked(int ordinal) {
    states.setByte(ordinal, 0, (byte) 0);
  }

  /** Copies a node's links on a level and returns how many there are. */
  int links(int level, int ordinal, int[] into) {
    RowStore store = level == 0 ? base : upper;
    long at = store.address((int) row(level, ordinal));
    int width = width(level);
    int count = 0;
    while (count < width) {
      int link = AllMemory.SEGMENT.get(INT, at + ((long) count << 2));
      if (link == 0) {
        break;
      }
      into[count++] = (link & ~SELECTED) - 1;
    }
    return count;
  }

  /** How many of a node's links, from the first on, were selected together; under its lock. */
  int selected(int level, int ordinal) {
    RowStore store = level == 0 ? base : upper;
    long row = row(level, ordinal);
    int width = width(level);
    int count = 0;
    while (count < width && (store.getInt(row, count << 2) & SELECTED) != 0) {
      count++;
    }
    return count;
  }

  /** Replaces a node's links by those that were selected together; under its lock. */
  void links(int level, int ordinal, int[] links, int count) {
    RowStore store = level == 0 ? base : upper;
    long row = row(level, ordinal);
    MemorySegment segment = store.segment(row);
    long at = store.offset(row);
    // A reader that sees a link must see the node's own rows.
    VarHandle.releaseFence();
    // Two loops: in one the compiler expects as many numbers in the array as the row is wide, and
    // compiles again and again because there are not.
    for (int i = 0; i < count; i++) {
      segment.set(INT, at + ((long) i << 2), (links[i] + 1) | SELECTED);
    }
    int width = width(level);
    for (int i = count; i < width; i++) {
      segment.set(INT, at + ((long) i << 2), 0);
    }
    store.changed(row);
  }

  /** Appends a link to the {@code count} that a node has; under its lock. */
  void append(int level, int ordinal, int count, int link) {
    RowStore store = level == 0 ? base : upper;
    VarHandle.releaseFence();
    store.setInt(row(level, ordinal), count << 2, link + 1);
  }

  private long row(int level, int ordinal) {
    return level == 0 ? ordinal : upperStart.getInt(ordinal, 0) + level - 1L;
  }

  /**
   * Stores the graph of the nodes below {@code count}: links to later ones are left out, and a node
   * that is being linked is stored as one that is not.
   */
  List<StoredFile> checkpoint(Path directory, long generation, int count, int storedUpperRows)
      throws IOException {
    // States first: of a node that is linked by now all links are in the lists that follow.
    List<StoredFile> files =
        new ArrayList<>(states.write(directory, generation, count, Graph::onlyLinked));
    VarHandle.acquireFence();
    // Level 0 after the upper ones, as nodes are linked from the bottom up: what is linked to on an
    // upper level has its links below.
    files.addAll(upper.write(directory, generation, storedUpperRows, linksBelow(count, m)));
    VarHandle.acquireFence();
    files.addAll(base.write(directory, generation, count, linksBelow(count, 2 * m)));
    files.addAll(upperStart.write(directory, generation, count, ChunkEditor.NONE));
    return files;
  }

  private static boolean onlyLinked(MemorySegment rows, long firstRow, long count) {
    boolean edited = false;
    for (long i = 0; i < count; i++) {
      if (rows.get(ValueLayout.JAVA_BYTE, i) == LINKING) {
        rows.set(ValueLayout.JAVA_BYTE, i, (byte) 0);
        edited = true;
      }
    }
    return edited;
  }

  private static ChunkEditor linksBelow(int count, int width) {
    return (rows, firstRow, rowCount) -> {
      boolean edited = false;
      for (long row = 0; row < rowCount; row++) {
        long at = row * width * Integer.BYTES;
        int kept = 0;
        for (int i = 0; i < width; i++) {
          int link = rows.get(INT, at + ((long) i << 2));
          if ((link & ~SELECTED) > count) {
            edited = true;
          } else if (link != 0) {
            rows.set(INT, at + ((long) kept++ << 2), link);
          }
        }
        for (int i = kept; i < width; i++) {
          rows.set(INT, at + ((long) i << 2), 0);
        }
      }
      return edited;
    };
  }

  /** Rows of the upper levels that the nodes below {@code count} use. */
  int upperRows(int count) {
    if (count == 0) {
      return 0;
    }
    return upperStart.getInt(count - 1L, 0) + level(count - 1);
  }

  /** The entry of the graph of the nodes below {@code count}: the highest that is linked. */
  int entryBelow(int count) {
    int present = entry;
    if (present != NO_NODE && present < count && isLinked(present)) {
      return present;
    }
    int best = NO_NODE;
    for (int ordinal = 0; ordinal < count; ordinal++) {
      if (isLinked(ordinal) && (best == NO_NODE || level(ordinal) > level(best))) {
        best = ordinal;
      }
    }
    return best;
  }

  void verifyAll() {
    for (RowStore store : List.of(base, upper, upperStart, states)) {
      store.verifyAll();
    }
  }

  long offHeapBytes() {
    return base.offHeapBytes()
        + upper.offHeapBytes()
        + upperStart.offHeapBytes()
        + states.offHeapBytes();
  }

  @Override
  public void close() {
    for (RowStore store : List.of(base, upper, upperStart, states)) {
      store.close();
    }
  }
}
