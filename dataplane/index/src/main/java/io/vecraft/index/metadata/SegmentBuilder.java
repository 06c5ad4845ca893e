package io.vecraft.index.metadata;

import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.FieldType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lays out a {@link Segment}. Little-endian; every section begins at a multiple of 8.
 *
 * <pre>
 * header   magic 8, version 4, fields 4, first row 4, last row 4, first word 4, words 4,
 *          at added 8, header bytes 8
 *          per field: type 4, path bytes 4, keys 4, entries 4, flags 4, unused 4,
 *                     at keys 8, at starts 8, at rows 8, at chunks 8, at bits 8, field bytes 8,
 *                     path in UTF-8
 * added    one bit per row that was added
 * field    keys    numbers: 8 each; terms: ends in the bytes that follow 4 each, then the bytes
 *          starts  keys + 1 positions in rows, 4 each
 *          rows    low 16 bits of each, 2 each
 *          chunks  bits of each 4,096 entries
 *          bits    present, irregular, inexact
 * </pre>
 *
 * Bits are those of the words from {@code first word} on. Used by one thread.
 */
final class SegmentBuilder {
  static final long MAGIC = 0x3147455341544556L;
  static final int VERSION = 1;
  static final int HEADER_BYTES = 48;
  static final int FIELD_BYTES = 72;

  /** Entries whose rows are also kept as bits, so that long ranges need few steps. */
  static final int CHUNK_SHIFT = 12;

  private final int firstRow;
  private final int lastRow;
  private final int firstWord;
  private final int words;
  private final long[] added = new long[Bits.WORDS];
  private final List<Field> fields = new ArrayList<>();

  SegmentBuilder(int firstRow, int lastRow) {
    this.firstRow = firstRow;
    this.lastRow = lastRow;
    this.firstWord = (firstRow & 0xFFFF) >>> 6;
    this.words = ((lastRow & 0xFFFF) >>> 6) - firstWord + 1;
  }

  /** One field; the bits are of the whole block. */
  record Field(
      FieldPath path,
      FieldType type,
      long[] present,
      long[] irregular,
      long[] inexact,
      KeyRun run) {}

  /** A segment of at least so many bytes is kept outside the heap. */
  private static final long OFF_HEAP_BYTES_MIN = 64 << 10;

  /** Rows that were added, of the whole block; to be filled. */
  long[] added() {
    return added;
  }

  /** A further field, to be filled. */
  Field field(FieldPath path, FieldType type) {
    Field field =
        new Field(
            path,
            type,
            new long[Bits.WORDS],
            new long[Bits.WORDS],
            new long[Bits.WORDS],
            new KeyRun(type == FieldType.KEYWORD));
    fields.add(field);
    return field;
  }

  Segment build() {
    List<byte[]> paths =
        fields.stream().map(f -> f.path.toString().getBytes(StandardCharsets.UTF_8)).toList();
    long header = HEADER_BYTES;
    for (byte[] path : paths) {
      header += FIELD_BYTES + aligned(path.length);
    }
    long bitBytes = 8L * words;
    long size = header + bitBytes;
    for (Field field : fields) {
      size += fieldBytes(field.run, bitBytes);
    }
    // Large segments stay: they go outside the heap. Small ones are soon merged into others. A
    // block
    // of one field whose values repeat has about 200 KiB.
    MemorySegment out =
        size > OFF_HEAP_BYTES_MIN
            ? Arena.ofAuto().allocate(size, 8)
            : MemorySegment.ofArray(new byte[Math.toIntExact(size)]);
    writeHeader(out, header, paths, bitBytes);
    writeBits(out, header, added);
    long at = header + bitBytes;
    for (Field field : fields) {
      at = writeField(out, at, field, bitBytes);
    }
    return Segment.of(out);
  }

  private void writeHeader(MemorySegment out, long header, List<byte[]> paths, long bitBytes) {
    out.set(Segment.LONG, 0, MAGIC);
    out.set(Segment.INT, 8, VERSION);
    out.set(Segment.INT, 12, fields.size());
    out.set(Segment.INT, 16, firstRow);
    out.set(Segment.INT, 20, lastRow);
    out.set(Segment.INT, 24, firstWord);
    out.set(Segment.INT, 28, words);
    out.set(Segment.LONG, 32, header);
    out.set(Segment.LONG, 40, header);
    long at = HEADER_BYTES;
    long data = header + bitBytes;
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      KeyRun run = field.run;
      long starts = data + aligned(keyBytes(run));
      long rows = starts + aligned(4L * (run.keyCount() + 1));
      long chunks = rows + aligned(2L * run.rowCount());
      long bits = chunks + chunkCount(run) * bitBytes;
      long end = bits + 3 * bitBytes;
      out.set(Segment.INT, at, field.type.ordinal());
      out.set(Segment.INT, at + 4, paths.get(i).length);
      out.set(Segment.INT, at + 8, run.keyCount());
      out.set(Segment.INT, at + 12, run.rowCount());
      out.set(Segment.INT, at + 16, flags(field));
      out.set(Segment.LONG, at + 24, data);
      out.set(Segment.LONG, at + 32, starts);
      out.set(Segment.LONG, at + 40, rows);
      out.set(Segment.LONG, at + 48, chunks);
      out.set(Segment.LONG, at + 56, bits);
      out.set(Segment.LONG, at + 64, end - data);
      MemorySegment.copy(paths.get(i), 0, out, Segment.BYTE, at + FIELD_BYTES, paths.get(i).length);
      at += FIELD_BYTES + aligned(paths.get(i).length);
      data = end;
    }
  }

  /** Which of irregular and inexact have any row: 1 and 2. */
  private static int flags(Field field) {
    boolean irregular = Arrays.stream(field.irregular).anyMatch(w -> w != 0);
    boolean inexact = Arrays.stream(field.inexact).anyMatch(w -> w != 0);
    return (irregular ? Segment.HAS_IRREGULAR : 0) | (inexact ? Segment.HAS_INEXACT : 0);
  }

  private long writeField(MemorySegment out, long from, Field field, long bitBytes) {
    KeyRun run = field.run;
    long at = from;
    if (run.ofTerms()) {
      int end = 0;
      long bytes = at + 4L * run.keyCount();
      for (int key = 0; key < run.keyCount(); key++) {
        byte[] term = run.term(key);
        MemorySegment.copy(term, 0, out, Segment.BYTE, bytes + end, term.length);
        end += term.length;
        out.set(Segment.INT, at + 4L * key, end);
      }
    } else {
      for (int key = 0; key < run.keyCount(); key++) {
        out.set(Segment.LONG, at + 8L * key, run.number(key));
      }
    }
    at += aligned(keyBytes(run));
    for (int key = 0; key <= run.keyCount(); key++) {
      out.set(Segment.INT, at + 4L * key, run.start(key));
    }
    at += aligned(4L * (run.keyCount() + 1));
    for (int entry = 0; entry < run.rowCount(); entry++) {
      out.set(Segment.CHAR, at + 2L * entry, (char) run.row(entry));
    }
    at += aligned(2L * run.rowCount());
    for (int chunk = 0; chunk < chunkCount(run); chunk++) {
      long[] bits = new long[Bits.WORDS];
      for (int entry = chunk << CHUNK_SHIFT; entry < (chunk + 1) << CHUNK_SHIFT; entry++) {
        Bits.set(bits, run.row(entry));
      }
      writeBits(out, at, bits);
      at += bitBytes;
    }
    for (long[] bits : List.of(field.present, field.irregular, field.inexact)) {
      writeBits(out, at, bits);
      at += bitBytes;
    }
    return at;
  }

  private void writeBits(MemorySegment out, long at, long[] bits) {
    for (int word = 0; word < words; word++) {
      out.set(Segment.LONG, at + 8L * word, bits[firstWord + word]);
    }
  }

  private static long fieldBytes(KeyRun run, long bitBytes) {
    return aligned(keyBytes(run))
        + aligned(4L * (run.keyCount() + 1))
        + aligned(2L * run.rowCount())
        + (chunkCount(run) + 3) * bitBytes;
  }

  private static long keyBytes(KeyRun run) {
    if (!run.ofTerms()) {
      return 8L * run.keyCount();
    }
    long bytes = 4L * run.keyCount();
    for (int key = 0; key < run.keyCount(); key++) {
      bytes += run.term(key).length;
    }
    return bytes;
  }

  private static long chunkCount(KeyRun run) {
    return run.rowCount() >>> CHUNK_SHIFT;
  }

  private static long aligned(long bytes) {
    return (bytes + 7) & ~7L;
  }
}
