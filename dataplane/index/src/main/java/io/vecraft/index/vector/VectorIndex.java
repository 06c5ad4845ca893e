package io.vecraft.index.vector;

import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Nearest-neighbour index: vectors outside the heap, found exactly by {@link #scan} or through a
 * graph by {@link #search}.
 *
 * <p>Vectors get ordinals from 0 in the order of {@link #append}; they are never changed or
 * removed: what is visible is said by the filter of each search. All methods are thread-safe except
 * that {@link #close} must not run beside others; searches take no lock.
 */
public final class VectorIndex implements AutoCloseable {

  private VectorIndex() {}

  /** An empty index. */
  public static VectorIndex create(VectorIndexConfig config) {
    throw new UnsupportedOperationException();
  }

  /**
   * Opens what {@link #checkpoint} stored: maps the files, reads little. The vectors that were
   * linked then are linked.
   *
   * @param files what {@code checkpoint} returned
   * @throws DamagedBlockException if a file is missing or is not the one that was stored; damage
   *     inside a file is thrown by the call that touches it first
   */
  public static VectorIndex open(VectorIndexConfig config, Path directory, List<StoredFile> files)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Stores a vector and returns its ordinal; it is not in the graph yet.
   *
   * @throws IllegalArgumentException if its length is not the dimension or a number is not finite
   * @throws IllegalStateException if the index is full
   */
  public int append(float[] vector) {
    throw new UnsupportedOperationException();
  }

  /** Puts a stored vector into the graph; runs beside searches and other links; idempotent. */
  public void link(int ordinal) {
    throw new UnsupportedOperationException();
  }

  /** {@link #append} and {@link #link}. */
  public int add(float[] vector) {
    int ordinal = append(vector);
    link(ordinal);
    return ordinal;
  }

  /** Vectors stored. */
  public int size() {
    throw new UnsupportedOperationException();
  }

  /** Vectors in the graph. */
  public int linkedCount() {
    throw new UnsupportedOperationException();
  }

  /** Whether a vector is in the graph. */
  public boolean isLinked(int ordinal) {
    throw new UnsupportedOperationException();
  }

  /**
   * Stored vectors that are not in the graph, ascending. To cover all vectors take this before
   * {@link #search} and scan it after: a vector linked in between may be found twice.
   */
  public int[] unlinked() {
    throw new UnsupportedOperationException();
  }

  /** The vector as it was appended. */
  public void read(int ordinal, float[] into) {
    throw new UnsupportedOperationException();
  }

  /**
   * The nearest accepted vectors in the graph, approximately. The graph is walked through vectors
   * that the filter refuses; with a filter that accepts few, {@link #scan} is faster and exact.
   *
   * @param k at most so many hits, 1 to 10,000
   * @param ef candidates kept while searching; {@code k} if less
   */
  public SearchResult search(float[] query, int k, int ef, OrdinalFilter filter) {
    throw new UnsupportedOperationException();
  }

  /** The nearest accepted vectors among {@code ordinals}, exactly. */
  public SearchResult scan(float[] query, int k, IntIterator ordinals, OrdinalFilter filter) {
    throw new UnsupportedOperationException();
  }

  /** Bytes outside the heap, mapped files included. */
  public long offHeapBytes() {
    throw new UnsupportedOperationException();
  }

  /**
   * Stores the vectors below {@code count} and the graph among them. Only what has changed since
   * the last call for the same directory is written; everything goes on meanwhile.
   *
   * @param generation part of the names of new files; must not repeat in a directory
   * @param count at most {@link #size}
   * @return all files that {@link #open} needs, new and old
   */
  public List<StoredFile> checkpoint(Path directory, long generation, int count)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Verifies every stored block that was not touched yet.
   *
   * @throws DamagedBlockException at the first damaged block
   */
  public void verifyAll() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
