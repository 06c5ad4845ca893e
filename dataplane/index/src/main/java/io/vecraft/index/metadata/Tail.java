package io.vecraft.index.metadata;

import io.vecraft.index.filter.FieldPath;
import io.vecraft.index.filter.FieldType;
import io.vecraft.index.filter.FieldWalker;
import io.vecraft.index.filter.JsonNumbers;
import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.index.filter.Rfc3339;
import io.vecraft.index.metadata.LeafQuery.Edge;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * The newest rows of the index, as they came: at most {@value #ROWS_MAX} of one block. One thread
 * adds; any number read the rows that were there when they asked for {@link #count}.
 */
final class Tail {
  static final int ROWS_MAX = 1_024;

  /** A row with more values in a field, or a longer term, is left to the matcher. */
  static final int VALUES_MAX = 64;

  static final int TERM_BYTES_MAX = 256;

  private static final byte PRESENT = 1;
  private static final byte IRREGULAR = 2;
  private static final byte INEXACT = 4;

  private final List<FieldPath> paths;
  private final List<FieldType> types;
  private final Column[] columns;
  private final FieldWalker walker;
  private final int[] rows = new int[ROWS_MAX];

  /** Row that the tail begins above or at. */
  private final int start;

  /** Rows that may be read; written last. */
  private volatile int count;

  Tail(MetadataSchema schema, int start) {
    this.start = start;
    this.paths = List.copyOf(schema.fields().keySet());
    this.types = List.copyOf(schema.fields().values());
    this.walker = new FieldWalker(paths);
    this.columns = new Column[paths.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = new Column(types.get(i) == FieldType.KEYWORD);
    }
  }

  int count() {
    return count;
  }

  /** One more than the last of the first {@code count} rows. */
  int bound(int count) {
    return count == 0 ? start : rows[count - 1] + 1;
  }

  List<FieldPath> paths() {
    return paths;
  }

  List<FieldType> types() {
    return types;
  }

  /** Whether a row can be added here. */
  boolean takes(int row) {
    return count < ROWS_MAX && (count == 0 || rows[0] >>> 16 == row >>> 16);
  }

  /**
   * Adds a row; a row whose metadata cannot be read leaves nothing behind.
   *
   * @throws IllegalArgumentException when it is not JSON
   */
  void add(int row, byte[] metadataJson) {
    int at = count;
    for (Column column : columns) {
      column.begin(at);
    }
    walker.walk(metadataJson, new Collector(at));
    for (Column column : columns) {
      column.end(at);
    }
    rows[at] = row;
    count = at + 1;
  }

  /** The block that the rows are in; there is at least one. */
  int block() {
    return rows[0] >>> 16;
  }

  /** Marks the rows of the tail. */
  void added(int count, long[] into) {
    for (int i = 0; i < count; i++) {
      Bits.set(into, rows[i] & 0xFFFF);
    }
  }

  /** Adds rows that certainly match a query, and others that may match it. */
  void collect(LeafQuery query, int count, long[] certain, long[] possible) {
    int slot = paths.indexOf(query.field());
    if (slot < 0 || types.get(slot) != query.type()) {
      added(count, possible);
      return;
    }
    Column column = columns[slot];
    for (int i = 0; i < count; i++) {
      int row = rows[i] & 0xFFFF;
      byte flags = column.flags[i];
      if ((flags & IRREGULAR) != 0) {
        Bits.set(possible, row);
      }
      switch (query.kind()) {
        case EXISTS -> {
          if ((flags & PRESENT) != 0) {
            Bits.set(certain, row);
          }
        }
        case OPEN -> {
          if ((flags & PRESENT) != 0) {
            Bits.set(possible, row);
          }
        }
        case NUMBERS -> numbers(query, column, i, row, certain, possible);
        case TERMS -> {
          byte[][] terms = column.terms;
          for (int e = column.from(i); e < column.ends[i]; e++) {
            if (contains(query.terms(), terms[e])) {
              Bits.set(certain, row);
            }
          }
        }
      }
    }
  }

  private static void numbers(
      LeafQuery query, Column column, int i, int row, long[] certain, long[] possible) {
    long[] keys = column.numbers;
    boolean exact = (column.flags[i] & INEXACT) == 0;
    for (int e = column.from(i); e < column.ends[i]; e++) {
      long key = keys[e];
      if (inRange(query.ranges(), key)) {
        Bits.set(certain, row);
      }
      Optional<Edge.Meaning> edge = edge(query.edges(), key);
      if (edge.isPresent()) {
        if (exact && edge.get() == Edge.Meaning.MATCH) {
          Bits.set(certain, row);
        }
        if (!exact || edge.get() != Edge.Meaning.NO_MATCH) {
          Bits.set(possible, row);
        }
      }
    }
  }

  private static boolean inRange(List<LeafQuery.Range> ranges, long key) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      LeafQuery.Range range = ranges.get(middle);
      if (key < range.from()) {
        high = middle;
      } else if (key > range.to()) {
        low = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }

  private static Optional<Edge.Meaning> edge(List<Edge> edges, long key) {
    int low = 0;
    int high = edges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      Edge edge = edges.get(middle);
      if (key < edge.key()) {
        high = middle;
      } else if (key > edge.key()) {
        low = middle + 1;
      } else {
        return Optional.of(edge.meaning());
      }
    }
    return Optional.empty();
  }

  private static boolean contains(List<LeafQuery.TermRange> ranges, byte[] term) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      LeafQuery.TermRange range = ranges.get(middle);
      if (range.isAbove(term)) {
        high = middle;
      } else if (range.isBelow(term)) {
        low = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }

  /** The first {@code count} rows, at least one, as a segment. */
  Segment seal(int count) {
    SegmentBuilder builder = new SegmentBuilder(rows[0], rows[count - 1]);
    added(count, builder.added());
    for (int slot = 0; slot < columns.length; slot++) {
      Column column = columns[slot];
      SegmentBuilder.Field field = builder.field(paths.get(slot), types.get(slot));
      for (int i = 0; i < count; i++) {
        int row = rows[i] & 0xFFFF;
        mark(column.flags[i], PRESENT, field.present(), row);
        mark(column.flags[i], IRREGULAR, field.irregular(), row);
        mark(column.flags[i], INEXACT, field.inexact(), row);
      }
      sort(column, count, field.run());
    }
    return builder.build();
  }

  private static void mark(byte flags, byte flag, long[] bits, int row) {
    if ((flags & flag) != 0) {
      Bits.set(bits, row);
    }
  }

  private void sort(Column column, int count, KeyRun run) {
    int entries = column.ends[count - 1];
    char[] rowOf = new char[entries];
    for (int i = 0; i < count; i++) {
      Arrays.fill(rowOf, column.from(i), column.ends[i], (char) rows[i]);
    }
    byte[][] terms = column.terms;
    long[] numbers = column.numbers;
    Comparator<Integer> order =
        run.ofTerms()
            ? (a, b) -> Arrays.compareUnsigned(terms[a], terms[b])
            : (a, b) -> Long.compare(numbers[a], numbers[b]);
    // The sort is stable, so rows of one key stay in their order.
    for (int entry : IntStream.range(0, entries).boxed().sorted(order).mapToInt(e -> e).toArray()) {
      if (run.ofTerms()) {
        run.add(terms[entry], rowOf[entry]);
      } else {
        run.add(numbers[entry], rowOf[entry]);
      }
    }
  }

  /** Values of one field, row after row. Arrays are replaced by longer copies before they fill. */
  private static final class Column {
    final boolean ofTerms;
    final byte[] flags = new byte[ROWS_MAX];
    final int[] ends = new int[ROWS_MAX];
    volatile long[] numbers;
    volatile byte[][] terms;
    int size;

    Column(boolean ofTerms) {
      this.ofTerms = ofTerms;
      this.numbers = new long[ofTerms ? 0 : 256];
      this.terms = new byte[ofTerms ? 256 : 0][];
    }

    int from(int row) {
      return row == 0 ? 0 : ends[row - 1];
    }

    void begin(int row) {
      size = from(row);
      flags[row] = 0;
    }

    void end(int row) {
      ends[row] = size;
    }

    private boolean hasRoom(int row) {
      if (size - from(row) >= VALUES_MAX) {
        flags[row] |= IRREGULAR;
        return false;
      }
      return true;
    }

    void add(int row, long key) {
      if (hasRoom(row)) {
        if (size == numbers.length) {
          numbers = Arrays.copyOf(numbers, 2 * size);
        }
        numbers[size++] = key;
      }
    }

    void add(int row, byte[] term) {
      if (term.length > TERM_BYTES_MAX) {
        flags[row] |= IRREGULAR;
      } else if (hasRoom(row)) {
        if (size == terms.length) {
          terms = Arrays.copyOf(terms, 2 * size);
        }
        terms[size++] = term;
      }
    }
  }

  /** Turns the values of one row into keys. */
  private final class Collector implements FieldWalker.Sink {
    private final int at;

    Collector(int at) {
      this.at = at;
    }

    @Override
    public void present(int slot) {
      columns[slot].flags[at] |= PRESENT;
    }

    @Override
    public void text(int slot, String value) {
      switch (types.get(slot)) {
        case KEYWORD -> columns[slot].add(at, value.getBytes(StandardCharsets.UTF_8));
        case DATETIME -> {
          Optional<Instant> moment = Rfc3339.parse(value);
          if (moment.isPresent()) {
            number(slot, FieldKeys.moment(moment.get()), FieldKeys.isExactMoment(moment.get()));
          } else {
            other(slot);
          }
        }
        case INTEGER, FLOAT, BOOL -> other(slot);
      }
    }

    @Override
    public void integer(int slot, long value) {
      switch (types.get(slot)) {
        case INTEGER -> number(slot, value, true);
        case FLOAT -> floating(slot, BigDecimal.valueOf(value), value);
        case KEYWORD, BOOL, DATETIME -> other(slot);
      }
    }

    @Override
    public void decimal(int slot, String text) {
      switch (types.get(slot)) {
        case INTEGER -> {
          OptionalLong key = FieldKeys.integer(text);
          if (key.isPresent()) {
            number(slot, key.getAsLong(), true);
          } else {
            other(slot);
          }
        }
        case FLOAT ->
            JsonNumbers.parse(text)
                .ifPresentOrElse(
                    exact -> floating(slot, exact, Double.parseDouble(text)), () -> other(slot));
        case KEYWORD, BOOL, DATETIME -> other(slot);
      }
    }

    private void floating(int slot, BigDecimal exact, double value) {
      number(slot, FieldKeys.floating(value), FieldKeys.isExactDouble(exact));
    }

    private void number(int slot, long key, boolean exact) {
      columns[slot].add(at, key);
      if (!exact) {
        columns[slot].flags[at] |= INEXACT;
      }
    }

    @Override
    public void bool(int slot, boolean value) {
      if (types.get(slot) == FieldType.BOOL) {
        columns[slot].add(at, value ? 1 : 0);
      } else {
        other(slot);
      }
    }

    @Override
    public void other(int slot) {
      columns[slot].flags[at] |= IRREGULAR;
    }
  }
}
