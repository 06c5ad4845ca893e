package io.vecraft.index.vector;

import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A form in which vectors are kept to be scored while the graph is walked. Rows are added in the
 * order of ordinals by one thread at a time and scored by many.
 */
interface VectorEncoding extends AutoCloseable {
  /** Adds the row of the next ordinal. */
  void add(int ordinal, float[] vector);

  /** A scorer of its own for one thread. */
  Scorer scorer();

  /** Whether scores are approximate, so that hits need rescoring. */
  boolean approximate();

  /** Stores the rows below {@code count}. */
  List<StoredFile> checkpoint(Path directory, long generation, int count) throws IOException;

  /** Verifies what was stored. */
  void verifyAll();

  /** Bytes outside the heap. */
  long offHeapBytes();

  @Override
  void close();
}
