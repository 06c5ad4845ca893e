package io.vecraft.index.filter;

/**
 * A filter that cannot be read. The message is for a person; {@link #position()} says where: a path
 * into the JSON ({@code $and[1].year.$gt}) or {@code line 1, column 10} of a text, both counted
 * from 1; empty when the filter as a whole is meant.
 */
public final class FilterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final String position;

  public FilterException(String reason, String position) {
    super(position.isEmpty() ? reason : reason + " at " + position, null, false, false);
    this.reason = reason;
    this.position = position;
  }

  /** What is wrong, without the position. */
  public String reason() {
    return reason;
  }

  /** Where it is wrong; empty for the whole. */
  public String position() {
    return position;
  }
}
