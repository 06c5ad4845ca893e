package io.vecraft.index.memory;

import java.lang.foreign.MemorySegment;

/**
 * The memory of the process as one segment whose offsets are addresses, for loops in which a check
 * of each access against a segment of its own costs more than the access.
 *
 * <p>What is read there is checked by nobody: read only within rows whose addresses {@link
 * RowStore#addresses} gave, and only while the store cannot be closed.
 */
public final class AllMemory {
  /** Offsets are addresses. */
  public static final MemorySegment SEGMENT = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private AllMemory() {}
}
