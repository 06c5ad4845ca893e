package io.vecraft.storage.shard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * The ids of a shard in order, for scrolling: sorted runs of rows, each row being the first that
 * its id ever had. Made when first asked for and brought up to date by each scroll; runs are merged
 * as they grow, so there are few. Four bytes of heap for an id.
 *
 * <p>Thread-safe.
 */
final class IdOrder {
  private static final int RUN_ROWS = 1 << 16;

  private final VersionTable rows;
  private final PayloadLog payloads;
  private List<int[]> runs = List.of();
  private int covered;

  IdOrder(VersionTable rows, PayloadLog payloads) {
    this.rows = rows;
    this.payloads = payloads;
  }

  /** One id on its way out. */
  record Entry(byte[] id, int firstRow) {}

  /** The ids above {@code after} in ascending order of their bytes, up to the row {@code end}. */
  Cursor above(Optional<byte[]> after, int end) {
    return new Cursor(upTo(end), after);
  }

  private synchronized List<int[]> upTo(int end) {
    if (covered < end) {
      List<int[]> next = new ArrayList<>(runs);
      while (covered < end) {
        int to = Math.min(end, covered + RUN_ROWS);
        int[] run = sorted(covered, to);
        covered = to;
        if (run.length > 0) {
          next.add(run);
          mergeSmall(next);
        }
      }
      runs = List.copyOf(next);
    }
    return runs;
  }

  private void mergeSmall(List<int[]> next) {
    while (next.size() > 1 && next.get(next.size() - 2).length < 2 * next.getLast().length) {
      int[] last = next.removeLast();
      next.add(merge(next.removeLast(), last));
    }
  }

  private int[] sorted(int from, int to) {
    List<Entry> entries = new ArrayList<>();
    for (int row = from; row < to; row++) {
      if (rows.previous(row) == VersionTable.NONE && rows.kind(row).effective()) {
        entries.add(entry(row));
      }
    }
    entries.sort((a, b) -> Arrays.compareUnsigned(a.id(), b.id()));
    return entries.stream().mapToInt(Entry::firstRow).toArray();
  }

  private int[] merge(int[] left, int[] right) {
    int[] merged = new int[left.length + right.length];
    int l = 0;
    int r = 0;
    byte[] leftId = payloads.id(rows.payload(left[0]));
    byte[] rightId = payloads.id(rows.payload(right[0]));
    for (int i = 0; i < merged.length; i++) {
      boolean takeLeft =
          r == right.length || l < left.length && Arrays.compareUnsigned(leftId, rightId) < 0;
      if (takeLeft) {
        merged[i] = left[l++];
        leftId = l < left.length ? payloads.id(rows.payload(left[l])) : leftId;
      } else {
        merged[i] = right[r++];
        rightId = r < right.length ? payloads.id(rows.payload(right[r])) : rightId;
      }
    }
    return merged;
  }

  private Entry entry(int row) {
    return new Entry(payloads.id(rows.payload(row)), row);
  }

  /** Walks all runs at once. Not thread-safe. */
  final class Cursor {
    private final PriorityQueue<Head> heads =
        new PriorityQueue<>((a, b) -> Arrays.compareUnsigned(a.entry.id(), b.entry.id()));

    private Cursor(List<int[]> over, Optional<byte[]> after) {
      for (int[] run : over) {
        int at = after.map(id -> firstAbove(run, id)).orElse(0);
        if (at < run.length) {
          heads.add(new Head(run, at));
        }
      }
    }

    private int firstAbove(int[] run, byte[] id) {
      int low = 0;
      int high = run.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (Arrays.compareUnsigned(payloads.id(rows.payload(run[middle])), id) > 0) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      return low;
    }

    /** The next id; empty at the end. */
    Optional<Entry> next() {
      Head head = heads.poll();
      if (head == null) {
        return Optional.empty();
      }
      Entry entry = head.entry;
      if (head.forward()) {
        heads.add(head);
      }
      return Optional.of(entry);
    }
  }

  /** A place in a run. */
  private final class Head {
    private final int[] run;
    private int at;
    private Entry entry;

    Head(int[] run, int at) {
      this.run = run;
      this.at = at;
      this.entry = entry(run[at]);
    }

    boolean forward() {
      at++;
      if (at == run.length) {
        return false;
      }
      entry = entry(run[at]);
      return true;
    }
  }
}
