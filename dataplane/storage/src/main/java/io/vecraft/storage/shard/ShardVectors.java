package io.vecraft.storage.shard;

import com.google.protobuf.ByteString;
import io.vecraft.index.memory.ChunkEditor;
import io.vecraft.index.memory.RowFormat;
import io.vecraft.index.memory.RowStore;
import io.vecraft.index.memory.StoredFile;
import io.vecraft.index.vector.VectorIndex;
import io.vecraft.index.vector.VectorIndexConfig;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vectors of a shard, and for each the newest row that it belongs to. A change of metadata
 * alone gives the vector another newest row and leaves the vector and its place in the graph as
 * they are.
 *
 * <p>One thread stores and points; {@link #linkNext} and reads may run on any thread. Memory for
 * vectors is taken when the first one comes.
 */
public final class ShardVectors implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardVectors.class);
  private static final int NONE = VersionTable.NONE;
  private static final RowFormat NEWEST = new RowFormat("newest", Integer.BYTES, false);
  private static final int STEP = 1024;

  private final VectorIndexConfig config;
  private final VersionTable rows;
  private final RowStore newest;
  private final int[] backlog;
  private final AtomicInteger backlogNext = new AtomicInteger();
  private final AtomicInteger next;
  private final AtomicInteger linking = new AtomicInteger();
  private volatile Optional<VectorIndex> index;

  private ShardVectors(
      VectorIndexConfig config, VersionTable rows, RowStore newest, Optional<VectorIndex> index) {
    this.config = config;
    this.rows = rows;
    this.newest = newest;
    this.index = index;
    this.backlog = index.map(VectorIndex::unlinked).orElseGet(() -> new int[0]);
    this.next = new AtomicInteger(index.map(VectorIndex::size).orElse(0));
  }

  static ShardVectors create(VectorIndexConfig config, VersionTable rows) {
    return new ShardVectors(config, rows, RowStore.create(NEWEST), Optional.empty());
  }

  static ShardVectors open(
      VectorIndexConfig config,
      VersionTable rows,
      Path directory,
      List<StoredFile> indexFiles,
      List<StoredFile> newestFiles,
      int count)
      throws IOException {
    if (count == 0) {
      return create(config, rows);
    }
    RowStore newest = RowStore.open(NEWEST, directory, newestFiles, count);
    try {
      VectorIndex index = VectorIndex.open(config, directory, indexFiles);
      return new ShardVectors(config, rows, newest, Optional.of(index));
    } catch (IOException | RuntimeException e) {
      newest.close();
      throw e;
    }
  }

  /** The index; empty while no record has had a vector. */
  public Optional<VectorIndex> index() {
    return index;
  }

  /**
   * Stores a vector and returns its ordinal. What is not a vector of the collection, which the
   * gateway keeps out, counts as none, on every replica alike.
   */
  int store(ByteString bytes) {
    if (bytes.isEmpty()) {
      return NONE;
    }
    if (bytes.size() != config.dimension() * Float.BYTES) {
      LOG.warn("a vector of {} bytes is not one of {} numbers", bytes.size(), config.dimension());
      return NONE;
    }
    float[] vector = new float[config.dimension()];
    bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    for (float number : vector) {
      if (!Float.isFinite(number)) {
        LOG.warn("a vector holds {}", number);
        return NONE;
      }
    }
    return store(vector);
  }

  /** Stores a vector of the collection and returns its ordinal. */
  int store(float[] vector) {
    if (index.isEmpty()) {
      index = Optional.of(VectorIndex.create(config));
    }
    int ordinal = index.get().append(vector);
    if (newest.capacity() <= ordinal) {
      newest.ensure(ordinal + (long) STEP);
    }
    return ordinal;
  }

  /** Whether a vector is bit by bit what {@code bytes} say; no vector equals no bytes. */
  boolean holds(int ordinal, ByteString bytes) {
    if (ordinal == NONE || bytes.size() != config.dimension() * Float.BYTES) {
      return ordinal == NONE && bytes.isEmpty();
    }
    float[] stored = read(ordinal);
    var floats = bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    for (float number : stored) {
      if (Float.floatToRawIntBits(number) != Float.floatToRawIntBits(floats.get())) {
        return false;
      }
    }
    return true;
  }

  /** A vector as it was written. */
  float[] read(int ordinal) {
    float[] vector = new float[config.dimension()];
    index.orElseThrow().read(ordinal, vector);
    return vector;
  }

  /** Makes {@code row} the newest row of a vector. */
  void point(int ordinal, int row) {
    VarHandle.releaseFence();
    newest.setInt(ordinal, 0, row + 1);
  }

  /** The row with that vector that is visible at {@code stamp}, or none. */
  int visibleRow(int ordinal, long stamp) {
    int row = newest.getInt(ordinal, 0) - 1;
    VarHandle.acquireFence();
    while (row != NONE && rows.begin(row) > stamp) {
      row = rows.previous(row);
      if (row != NONE && rows.ordinal(row) != ordinal) {
        return NONE;
      }
    }
    return row != NONE && rows.end(row) > stamp ? row : NONE;
  }

  /** Vectors stored. */
  public int size() {
    return index.map(VectorIndex::size).orElse(0);
  }

  /** Vectors in the graph. */
  public int linked() {
    return index.map(VectorIndex::linkedCount).orElse(0);
  }

  /** Vectors that wait for the graph or are on their way into it. */
  public int unlinked() {
    return Math.max(0, size() - linked());
  }

  /** Puts the next waiting vector into the graph; false if none waits. */
  public boolean linkNext() {
    Optional<VectorIndex> into = index;
    if (into.isEmpty()) {
      return false;
    }
    int ordinal;
    if (backlogNext.get() < backlog.length) {
      int at = backlogNext.getAndIncrement();
      if (at >= backlog.length) {
        return true;
      }
      ordinal = backlog[at];
    } else {
      ordinal = next.get();
      if (ordinal >= into.get().size() || !next.compareAndSet(ordinal, ordinal + 1)) {
        return ordinal < into.get().size();
      }
    }
    linking.incrementAndGet();
    try {
      into.get().link(ordinal);
    } finally {
      linking.decrementAndGet();
    }
    return true;
  }

  List<StoredFile> writeIndex(Path directory, long generation, int count) throws IOException {
    return count == 0 ? List.of() : index.orElseThrow().checkpoint(directory, generation, count);
  }

  /** Stores the newest rows of the first {@code count} vectors as of {@code rowCount} rows. */
  List<StoredFile> writeNewest(Path directory, long generation, int count, int rowCount)
      throws IOException {
    if (count == 0) {
      return List.of();
    }
    var layout = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ChunkEditor asOf =
        (copy, first, n) -> {
          boolean differs = false;
          for (long i = 0; i < n; i++) {
            int now = newest.getInt(first + i, 0) - 1;
            VarHandle.acquireFence();
            int then = now;
            while (then >= rowCount) {
              int before = rows.previous(then);
              boolean same = before != NONE && rows.ordinal(before) == first + i;
              then = same ? before : NONE;
            }
            copy.set(layout, i * Integer.BYTES, then + 1);
            differs |= then != now;
          }
          return differs;
        };
    return newest.write(directory, generation, count, asOf);
  }

  long offHeapBytes() {
    return newest.offHeapBytes() + index.map(VectorIndex::offHeapBytes).orElse(0L);
  }

  @Override
  public void close() {
    newest.close();
    index.ifPresent(VectorIndex::close);
  }
}
