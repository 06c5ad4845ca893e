package io.vecraft.index.memory;

import java.lang.foreign.MemorySegment;

/** Changes a copy of rows on their way into a checkpoint. */
@FunctionalInterface
public interface ChunkEditor {
  /** Stores rows as they are. */
  ChunkEditor NONE = (rows, firstRow, count) -> false;

  /**
   * Edits {@code count} rows from {@code firstRow}.
   *
   * @param rows a copy; only the file sees its changes
   * @return whether the copy now differs from memory
   */
  boolean edit(MemorySegment rows, long firstRow, long count);
}
