package io.vecraft.journal.log.raft;

import java.util.Comparator;

/**
 * Place of an entry in a consensus log; by term, then by index, as candidates compare theirs.
 *
 * @param term in which it was proposed, 0 for none
 * @param index from 0, -1 for none
 */
public record EntryPosition(long term, long index) implements Comparable<EntryPosition> {
  /** Before every entry. */
  public static final EntryPosition NONE = new EntryPosition(0, -1);

  private static final Comparator<EntryPosition> ORDER =
      Comparator.comparingLong(EntryPosition::term).thenComparingLong(EntryPosition::index);

  @Override
  public int compareTo(EntryPosition other) {
    return ORDER.compare(this, other);
  }

  /** The later one of two. */
  EntryPosition max(EntryPosition other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
