package io.vecraft.journal.log;

import io.vecraft.proto.journal.Record;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The newest records of a log in memory, bounded in bytes. Safe for concurrent use. */
final class TailCache {
  private final long maxBytes;
  private Record[] ring = new Record[64];
  private long firstOffset = 1;
  private long nextOffset = 1;
  private long bytes;

  TailCache(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Adds records that follow the last, or begins anew with them. */
  synchronized void add(List<Record> records) {
    for (Record record : records) {
      if (record.getOffset() != nextOffset) {
        clear(record.getOffset());
      }
      if (nextOffset - firstOffset == ring.length) {
        grow();
      }
      ring[slot(nextOffset)] = record;
      nextOffset++;
      bytes += record.getSerializedSize();
      while (bytes > maxBytes) {
        removeFirst();
      }
    }
  }

  /** Records from an offset on, at least one; empty if that one is not here. */
  synchronized Optional<List<Record>> read(long from, int maxRecords, long maxBytes) {
    if (from < firstOffset || from >= nextOffset) {
      return Optional.empty();
    }
    var records = new ArrayList<Record>();
    long total = 0;
    for (long o = from; o < nextOffset && records.size() < maxRecords && total < maxBytes; o++) {
      Record record = ring[slot(o)];
      records.add(record);
      total += record.getSerializedSize();
    }
    return Optional.of(records);
  }

  private int slot(long offset) {
    return (int) (offset & ring.length - 1);
  }

  private void grow() {
    Record[] old = ring;
    ring = new Record[old.length * 2];
    for (long o = firstOffset; o < nextOffset; o++) {
      ring[slot(o)] = old[(int) (o & old.length - 1)];
    }
  }

  private void removeFirst() {
    int slot = slot(firstOffset);
    bytes -= ring[slot].getSerializedSize();
    ring[slot] = Record.getDefaultInstance();
    firstOffset++;
  }

  private void clear(long offset) {
    ring = new Record[64];
    firstOffset = offset;
    nextOffset = offset;
    bytes = 0;
  }
}
