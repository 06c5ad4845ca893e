package io.vecraft.index.memory;

import java.nio.file.Path;

/**
 * A stored block does not have the content that was written, or a file is not the one that the
 * manifest names. The file must be set aside and its content rebuilt.
 */
public final class DamagedBlockException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Block number of damage that concerns the file as a whole. */
  public static final int WHOLE_FILE = -1;

  private final transient Path file;
  private final int block;

  /**
   * @param file the damaged file
   * @param block number of the block from 0, or {@link #WHOLE_FILE}
   * @param detail what is wrong
   */
  public DamagedBlockException(Path file, int block, String detail) {
    super("%s%s: %s".formatted(file, block == WHOLE_FILE ? "" : " block " + block, detail));
    this.file = file;
    this.block = block;
  }

  /** The damaged file. */
  public Path file() {
    return file;
  }

  /** Number of the block from 0, or {@link #WHOLE_FILE}. */
  public int block() {
    return block;
  }
}
