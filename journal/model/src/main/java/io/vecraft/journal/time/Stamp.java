package io.vecraft.journal.time;

import java.time.Instant;

/**
 * The layout of a stamp: 45 bits of milliseconds since the epoch, 11 of counter, 8 of partition
 * slot, compared as one number. A hybrid logical clock's value with the partition in it, so that
 * every stamp of a cluster is unique and stamp order is the global order.
 *
 * <p>Invariant: a stamp is positive. {@link #MAX_MILLIS} keeps the sign bit clear until the year
 * 2527. A counter that overflows carries into the milliseconds.
 *
 * <p>Stamps travel as {@code long}: they are in every record and every version, in flat memory.
 */
public final class Stamp {
  public static final int SLOT_BITS = 8;
  public static final int COUNTER_BITS = 11;

  /** Largest partition slot that stamps can carry. */
  public static final int MAX_SLOT = (1 << SLOT_BITS) - 1;

  /** Largest counter within a millisecond. */
  public static final int MAX_COUNTER = (1 << COUNTER_BITS) - 1;

  /** Milliseconds that keep the sign bit clear. */
  public static final long MAX_MILLIS = (1L << (63 - SLOT_BITS - COUNTER_BITS)) - 1;

  /** Above every stamp; the end of a version that is still current. */
  public static final long INFINITY = Long.MAX_VALUE;

  private Stamp() {}

  /** A stamp of its parts. */
  public static long of(long millis, int counter, int slot) {
    if (millis < 0 || millis > MAX_MILLIS) {
      throw new IllegalArgumentException("milliseconds " + millis + " not in 0.." + MAX_MILLIS);
    }
    if (counter < 0 || counter > MAX_COUNTER) {
      throw new IllegalArgumentException("counter " + counter + " not in 0.." + MAX_COUNTER);
    }
    if (slot < 0 || slot > MAX_SLOT) {
      throw new IllegalArgumentException("slot " + slot + " not in 0.." + MAX_SLOT);
    }
    return millis << (COUNTER_BITS + SLOT_BITS) | (long) counter << SLOT_BITS | slot;
  }

  /** Milliseconds since the epoch. */
  public static long millis(long stamp) {
    return stamp >>> (COUNTER_BITS + SLOT_BITS);
  }

  /** Counter within the millisecond. */
  public static int counter(long stamp) {
    return (int) (stamp >>> SLOT_BITS) & MAX_COUNTER;
  }

  /** Partition slot. */
  public static int slot(long stamp) {
    return (int) stamp & MAX_SLOT;
  }

  /** The smallest stamp of {@code slot} that is not below {@code floor}. */
  public static long atLeast(long floor, int slot) {
    if (floor < 0 || slot < 0 || slot > MAX_SLOT) {
      throw new IllegalArgumentException("floor " + floor + ", slot " + slot);
    }
    long candidate = (floor & ~(long) MAX_SLOT) | slot;
    return candidate >= floor ? candidate : Math.addExact(candidate, MAX_SLOT + 1L);
  }

  /**
   * The smallest stamp of {@code slot} above {@code floor}; carries from counter to milliseconds.
   */
  public static long above(long floor, int slot) {
    return atLeast(Math.addExact(floor, 1), slot);
  }

  /** The last stamp of a millisecond: "everything up to and including it". */
  public static long endOfMillis(long millis) {
    return of(millis, MAX_COUNTER, MAX_SLOT);
  }

  /** The moment of a stamp, to the millisecond. */
  public static Instant instant(long stamp) {
    return Instant.ofEpochMilli(millis(stamp));
  }
}
