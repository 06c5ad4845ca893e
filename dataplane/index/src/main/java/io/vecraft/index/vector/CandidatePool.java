package io.vecraft.index.vector;

import java.util.Arrays;

/**
 * The nearest vectors seen so far by a search, sorted. It holds as many as are needed for {@code
 * limit} accepted ones to be among them: refused ones are stepping stones only. Scratch space of
 * one search at a time.
 */
final class CandidatePool {
  private long[] entries = new long[256];
  private long[] arrivals = new long[64];
  private int size;
  private int k;
  private int ef;
  private int accepted;

  /** Accepted entries that are kept. */
  private int limit;

  private long entered;
  private long enteredAccepted;

  /** Decides among equally near ones, see {@link #reset}. */
  private int salt;

  /** Entries before this one are expanded. */
  private int next;

  /** What is not below it does not enter. */
  private long bound;

  /**
   * Empties the pool.
   *
   * @param k accepted entries that are kept at least
   * @param ef accepted entries that are kept at most
   * @param salt equally near vectors are ordered by their ordinals, with these bits flipped: so
   *     that thousands of equal ones do not all link to the same few
   */
  void reset(int k, int ef, int salt) {
    size = 0;
    this.k = k;
    this.ef = ef;
    this.salt = salt;
    limit = ef;
    accepted = 0;
    entered = 0;
    enteredAccepted = 0;
    next = 0;
    bound = Long.MAX_VALUE;
  }

  /** The entry of a vector. */
  long entry(float score, int ordinal) {
    return Scores.pack(score, ordinal ^ salt, 0);
  }

  /** The vector of an entry. */
  int ordinal(long entry) {
    return Scores.ordinal(entry) ^ salt;
  }

  int size() {
    return size;
  }

  int accepted() {
    return accepted;
  }

  /** The entry at a place, nearest first. */
  long get(int place) {
    return entries[place];
  }

  /** Whether an entry would stay in the pool. */
  boolean admits(long entry) {
    return entry < bound;
  }

  /** The nearest entry not yet expanded, which it marks, or -1. */
  int expandNext() {
    long[] all = entries;
    int place = next;
    while (place < size && (all[place] & Scores.EXPANDED) != 0) {
      place++;
    }
    next = place + 1;
    if (place >= size) {
      next = size;
      return -1;
    }
    all[place] |= Scores.EXPANDED;
    return ordinal(all[place]);
  }

  /** Room for entries to be written by the caller before {@link #addArrivals}. */
  long[] arrivals(int count) {
    if (arrivals.length < count) {
      arrivals = new long[Integer.highestOneBit(count) * 2];
    }
    return arrivals;
  }

  /** Merges the first {@code count} arrivals. */
  void addArrivals(int count) {
    if (count == 0) {
      return;
    }
    sort(arrivals, count);
    if (size + count > entries.length) {
      entries = Arrays.copyOf(entries, Math.max(entries.length * 2, size + count));
    }
    long[] all = entries;
    long[] added = arrivals;
    int from = size - 1;
    int to = size + count - 1;
    int arrival = count - 1;
    while (arrival >= 0) {
      long entry = added[arrival];
      while (from >= 0 && all[from] > entry) {
        all[to--] = all[from--];
      }
      all[to--] = entry;
      if ((entry & Scores.ACCEPTED) != 0) {
        accepted++;
        enteredAccepted++;
      }
      arrival--;
    }
    size += count;
    entered += count;
    limit = (int) Math.max(k, Math.min(ef, 2 * ef * enteredAccepted / entered));
    // The nearest arrival came to the last place written.
    next = Math.min(next, to + 1);
    trim();
  }

  private void trim() {
    while (accepted > limit || (accepted == limit && !isAccepted(size - 1))) {
      if (isAccepted(size - 1)) {
        accepted--;
      }
      size--;
    }
    bound = accepted == limit ? entries[size - 1] : Long.MAX_VALUE;
  }

  private boolean isAccepted(int place) {
    return (entries[place] & Scores.ACCEPTED) != 0;
  }

  private static void sort(long[] values, int count) {
    if (count > 48) {
      Arrays.sort(values, 0, count);
      return;
    }
    for (int i = 1; i < count; i++) {
      long value = values[i];
      int j = i - 1;
      while (j >= 0 && values[j] > value) {
        values[j + 1] = values[j];
        j--;
      }
      values[j + 1] = value;
    }
  }
}
