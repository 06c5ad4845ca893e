package io.vecraft.journal.segment;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;

/** Damage in a segment file, by name and position. */
public final class SegmentDamage extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final long position;
  private final String reason;

  SegmentDamage(String file, long position, String reason) {
    super(line(file, position, reason));
    this.file = file;
    this.position = position;
    this.reason = reason;
  }

  /** The file's path. */
  public String file() {
    return file;
  }

  /** The byte at which what cannot be read begins. */
  public long position() {
    return position;
  }

  public String reason() {
    return reason;
  }

  /** File, place and reason in one line. */
  public String line() {
    return line(file, position, reason);
  }

  private static String line(String file, long position, String reason) {
    return "%s: at byte %d: %s".formatted(file, position, reason);
  }

  /** As the answer to a client. */
  public VecraftException toVecraft() {
    return new VecraftException(ErrorCode.DATA_DAMAGED, line());
  }
}
