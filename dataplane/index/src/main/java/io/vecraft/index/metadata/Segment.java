package io.vecraft.index.metadata;

import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.FieldType;
import io.vecraft.index.memory.BlobFile;
import io.vecraft.index.metadata.LeafQuery.Edge;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An immutable part of the index: rows of one block of 65,536, laid out as {@link SegmentBuilder}
 * tells, in memory or in a mapped file. What is read of a file is verified first. Thread-safe.
 */
final class Segment {
  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfChar CHAR =
      ValueLayout.JAVA_CHAR_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final int HAS_IRREGULAR = 1;
  static final int HAS_INEXACT = 2;

  private final MemorySegment data;
  private final Optional<BlobFile> file;
  private final int firstRow;
  private final int lastRow;
  private final int firstWord;
  private final int words;
  private final long atAdded;
  private final List<Field> fields;

  /** Where the parts of a field are. */
  private record Field(
      FieldPath path,
      FieldType type,
      int keys,
      int entries,
      int flags,
      long atKeys,
      long atStarts,
      long atRows,
      long atChunks,
      long atBits,
      long bytes) {}

  private Segment(MemorySegment data, Optional<BlobFile> file) {
    this.data = data;
    this.file = file;
    verify(0, SegmentBuilder.HEADER_BYTES);
    if (data.get(LONG, 0) != SegmentBuilder.MAGIC || data.get(INT, 8) != SegmentBuilder.VERSION) {
      throw new IllegalArgumentException("not a metadata segment of a known version");
    }
    firstRow = data.get(INT, 16);
    lastRow = data.get(INT, 20);
    firstWord = data.get(INT, 24);
    words = data.get(INT, 28);
    atAdded = data.get(LONG, 32);
    verify(0, data.get(LONG, 40) + 8L * words);
    List<Field> read = new ArrayList<>();
    long at = SegmentBuilder.HEADER_BYTES;
    for (int i = data.get(INT, 12); i > 0; i--) {
      byte[] path = new byte[data.get(INT, at + 4)];
      MemorySegment.copy(data, BYTE, at + SegmentBuilder.FIELD_BYTES, path, 0, path.length);
      read.add(
          new Field(
              FieldPath.parse(new String(path, StandardCharsets.UTF_8)),
              FieldType.values()[data.get(INT, at)],
              data.get(INT, at + 8),
              data.get(INT, at + 12),
              data.get(INT, at + 16),
              data.get(LONG, at + 24),
              data.get(LONG, at + 32),
              data.get(LONG, at + 40),
              data.get(LONG, at + 48),
              data.get(LONG, at + 56),
              data.get(LONG, at + 64)));
      at += SegmentBuilder.FIELD_BYTES + (path.length + 7 & ~7);
    }
    fields = List.copyOf(read);
  }

  static Segment of(MemorySegment data) {
    return new Segment(data, Optional.empty());
  }

  /**
   * The segment in a file.
   *
   * @throws io.vecraft.index.memory.DamagedBlockException if its header is damaged
   */
  static Segment of(BlobFile file) {
    return new Segment(file.data(), Optional.of(file));
  }

  MemorySegment data() {
    return data;
  }

  /** Bytes outside the heap that are not those of a file. */
  long offHeapBytes() {
    return file.isEmpty() && data.isNative() ? data.byteSize() : 0;
  }

  int block() {
    return firstRow >>> 16;
  }

  int firstRow() {
    return firstRow;
  }

  int lastRow() {
    return lastRow;
  }

  /** Marks the rows of the segment. */
  void added(long[] into) {
    orBits(atAdded, into);
  }

  /** Adds rows that certainly match a query, and others that may match it. */
  void collect(LeafQuery query, long[] certain, long[] possible) {
    Optional<Field> found = find(query.field(), query.type());
    if (found.isEmpty()) {
      added(possible);
      return;
    }
    Field field = found.get();
    verify(field.atKeys, field.bytes);
    if ((field.flags & HAS_IRREGULAR) != 0) {
      orBits(field.atBits + 8L * words, possible);
    }
    switch (query.kind()) {
      case EXISTS -> {
        orBits(field.atBits, certain);
      }
      case OPEN -> orBits(field.atBits, possible);
      case NUMBERS -> {
        for (LeafQuery.Range range : query.ranges()) {
          int from = numberAtOrAbove(field, range.from());
          int to =
              range.to() == Long.MAX_VALUE
                  ? field.keys
                  : range.from() == range.to()
                      ? from + (isNumber(field, from, range.to()) ? 1 : 0)
                      : numberAtOrAbove(field, range.to() + 1);
          keys(field, from, to, certain);
        }
        for (Edge edge : query.edges()) {
          edge(field, edge, certain, possible);
        }
      }
      case TERMS -> {
        for (LeafQuery.TermRange range : query.terms()) {
          int from = termAbove(field, range.from(), !range.fromIncluded());
          int to =
              range.to().isEmpty()
                  ? field.keys
                  : termAbove(field, range.to().get(), range.toIncluded());
          keys(field, from, to, certain);
        }
      }
    }
  }

  private Optional<Field> find(FieldPath path, FieldType type) {
    for (Field field : fields) {
      if (field.type == type && field.path.equals(path)) {
        return Optional.of(field);
      }
    }
    return Optional.empty();
  }

  private void edge(Field field, Edge edge, long[] certain, long[] possible) {
    int key = numberAtOrAbove(field, edge.key());
    if (!isNumber(field, key, edge.key())) {
      return;
    }
    long[] rows = new long[Bits.WORDS];
    entries(field, start(field, key), start(field, key + 1), rows);
    if ((field.flags & HAS_INEXACT) == 0) {
      if (edge.meaning() == Edge.Meaning.MATCH) {
        or(rows, certain);
      }
      if (edge.meaning() == Edge.Meaning.OPEN) {
        or(rows, possible);
      }
      return;
    }
    long[] inexact = new long[Bits.WORDS];
    orBits(field.atBits + 16L * words, inexact);
    for (int i = 0; i < Bits.WORDS; i++) {
      long exactRows = rows[i] & ~inexact[i];
      switch (edge.meaning()) {
        case MATCH -> {
          certain[i] |= exactRows;
          possible[i] |= rows[i];
        }
        case NO_MATCH -> possible[i] |= rows[i] & inexact[i];
        case OPEN -> possible[i] |= rows[i];
      }
    }
  }

  private void keys(Field field, int from, int to, long[] into) {
    if (from < to) {
      entries(field, start(field, from), start(field, to), into);
    }
  }

  /** Marks the rows of entries; whole chunks at once. */
  private void entries(Field field, int from, int to, long[] into) {
    int at = from;
    int chunkEntries = 1 << SegmentBuilder.CHUNK_SHIFT;
    while (at < to) {
      if ((at & (chunkEntries - 1)) == 0 && to - at >= chunkEntries) {
        long chunk = at >>> SegmentBuilder.CHUNK_SHIFT;
        orBits(field.atChunks + chunk * 8L * words, into);
        at += chunkEntries;
      } else {
        int end = Math.min(to, (at | (chunkEntries - 1)) + 1);
        for (; at < end; at++) {
          Bits.set(into, data.get(CHAR, field.atRows + 2L * at));
        }
      }
    }
  }

  private int start(Field field, int key) {
    return data.get(INT, field.atStarts + 4L * key);
  }

  private boolean isNumber(Field field, int key, long number) {
    return key < field.keys && data.get(LONG, field.atKeys + 8L * key) == number;
  }

  private int numberAtOrAbove(Field field, long number) {
    int low = 0;
    int high = field.keys;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (data.get(LONG, field.atKeys + 8L * middle) < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The first term that is above the given one, or is it, unless {@code strictly}. */
  private int termAbove(Field field, byte[] term, boolean strictly) {
    MemorySegment wanted = MemorySegment.ofArray(term);
    int low = 0;
    int high = field.keys;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int sign = compareTerm(field, middle, wanted);
      if (sign < 0 || (sign == 0 && strictly)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private int compareTerm(Field field, int key, MemorySegment wanted) {
    long bytes = field.atKeys + 4L * field.keys;
    long from = bytes + termStart(field, key);
    long to = bytes + data.get(INT, field.atKeys + 4L * key);
    long mismatch = MemorySegment.mismatch(data, from, to, wanted, 0, wanted.byteSize());
    if (mismatch < 0) {
      return 0;
    }
    if (from + mismatch == to) {
      return -1;
    }
    if (mismatch == wanted.byteSize()) {
      return 1;
    }
    return Integer.compare(
        Byte.toUnsignedInt(data.get(BYTE, from + mismatch)),
        Byte.toUnsignedInt(wanted.get(BYTE, mismatch)));
  }

  private int termStart(Field field, int key) {
    return key == 0 ? 0 : data.get(INT, field.atKeys + 4L * (key - 1));
  }

  private void orBits(long at, long[] into) {
    for (int word = 0; word < words; word++) {
      into[firstWord + word] |= data.get(LONG, at + 8L * word);
    }
  }

  private static void or(long[] from, long[] into) {
    for (int i = 0; i < Bits.WORDS; i++) {
      into[i] |= from[i];
    }
  }

  private void verify(long from, long length) {
    if (file.isPresent()) {
      file.get().verify(from, length);
    }
  }

  /**
   * One segment of the rows of several of one block, in ascending order of their rows. A field that
   * one of them does not have is irregular in its rows.
   */
  static Segment merge(List<Segment> parts) {
    SegmentBuilder builder = new SegmentBuilder(parts.getFirst().firstRow, parts.getLast().lastRow);
    parts.forEach(part -> part.added(builder.added()));
    for (Field declared : parts.getLast().fields) {
      SegmentBuilder.Field field = builder.field(declared.path, declared.type);
      List<Cursor> cursors = new ArrayList<>();
      for (Segment part : parts) {
        Optional<Field> found = part.find(declared.path, declared.type);
        if (found.isEmpty()) {
          part.added(field.irregular());
          continue;
        }
        part.verify(found.get().atKeys, found.get().bytes);
        part.orBits(found.get().atBits, field.present());
        part.orBits(found.get().atBits + 8L * part.words, field.irregular());
        part.orBits(found.get().atBits + 16L * part.words, field.inexact());
        cursors.add(part.new Cursor(found.get()));
      }
      merge(cursors, field.run());
    }
    return builder.build();
  }

  private static void merge(List<Cursor> cursors, KeyRun into) {
    while (true) {
      Optional<Cursor> least = Optional.empty();
      for (Cursor cursor : cursors) {
        // Of equal keys the first cursor's comes first, which keeps the rows in order.
        if (cursor.hasKey() && (least.isEmpty() || cursor.compareTo(least.get()) < 0)) {
          least = Optional.of(cursor);
        }
      }
      if (least.isEmpty()) {
        return;
      }
      least.get().moveTo(into);
    }
  }

  /** Walks the keys of one field. */
  private final class Cursor {
    private final Field field;
    private int key;
    private long number;
    private byte[] term = {};

    Cursor(Field field) {
      this.field = field;
      read();
    }

    boolean hasKey() {
      return key < field.keys;
    }

    private void read() {
      if (!hasKey()) {
        return;
      }
      if (field.type == FieldType.KEYWORD) {
        int from = termStart(field, key);
        term = new byte[data.get(INT, field.atKeys + 4L * key) - from];
        MemorySegment.copy(data, BYTE, field.atKeys + 4L * field.keys + from, term, 0, term.length);
      } else {
        number = data.get(LONG, field.atKeys + 8L * key);
      }
    }

    int compareTo(Cursor other) {
      return field.type == FieldType.KEYWORD
          ? Arrays.compareUnsigned(term, other.term)
          : Long.compare(number, other.number);
    }

    void moveTo(KeyRun into) {
      int end = start(field, key + 1);
      for (int entry = start(field, key); entry < end; entry++) {
        int row = data.get(CHAR, field.atRows + 2L * entry);
        if (field.type == FieldType.KEYWORD) {
          into.add(term, row);
        } else {
          into.add(number, row);
        }
      }
      key++;
      read();
    }
  }
}
