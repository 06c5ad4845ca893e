package io.vecraft.index.metadata;

import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.index.memory.BlobFile;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.roaringbitmap.BitmapContainer;
import org.roaringbitmap.RoaringBitmap;

/**
 * An index of the declared metadata fields by row. Rows are added in ascending order and never
 * changed.
 *
 * <p>Rows are kept in blocks of 65,536, the reach of one container of a Roaring bitmap. The newest
 * rows lie in a small {@link Tail} as they came; full tails become sorted immutable {@link
 * Segment}s, which are merged until there is one for a block. A filter is answered block by block
 * with two sets: rows that certainly match and rows that may. Values that keys do not tell exactly
 * (of another type than declared, very long, very many, with more digits than a double holds) only
 * move rows from the first to the second.
 *
 * <p>One thread adds, declares and cuts; any number plan and write cuts at the same time, without
 * locks. Heap memory is bounded by the tail and segments of one block that are not merged yet, all
 * else is outside the heap or mapped. A mapped block is verified when first touched: any call may
 * throw {@link io.vecraft.index.memory.DamagedBlockException}.
 */
public final class MetadataIndex {
  /** Segments that are merged into one within a block. */
  private static final int MERGE_SEGMENTS = 8;

  /** A merge that would make a larger segment is left out. */
  private static final long MERGED_BYTES_MAX = 256L << 20;

  /** What readers see; replaced as a whole. */
  private volatile State state;

  /** Files that hold segments, by segment; guarded by itself. */
  private final Map<Segment, Stored> stored = new IdentityHashMap<>();

  private record Stored(Path directory, StoredFile file) {}

  private record State(MetadataSchema schema, List<Segment> segments, Tail tail) {}

  private MetadataIndex(State state) {
    this.state = state;
  }

  /** An empty index. */
  public static MetadataIndex create(MetadataSchema schema) {
    return new MetadataIndex(new State(schema, List.of(), new Tail(schema, 0)));
  }

  /**
   * Maps an index that {@link Cut#write} stored. Rows indexed before a field of {@code schema} was
   * declared are not narrowed by that field.
   *
   * @param files what {@code write} returned
   * @throws io.vecraft.index.memory.DamagedBlockException if a file is missing, is another one, or
   *     damaged where it is read at once
   */
  public static MetadataIndex open(Path directory, List<StoredFile> files, MetadataSchema schema)
      throws IOException {
    List<Segment> segments = new ArrayList<>();
    Map<Segment, Stored> stored = new IdentityHashMap<>();
    int bound = 0;
    for (StoredFile file : files) {
      Segment segment = Segment.of(BlobFile.open(directory, file, Arena.ofAuto()));
      if (segment.firstRow() < bound) {
        throw new IllegalArgumentException("the files are not in the order of their rows");
      }
      bound = segment.lastRow() + 1;
      segments.add(segment);
      stored.put(segment, new Stored(directory.toAbsolutePath(), file));
    }
    MetadataIndex index =
        new MetadataIndex(new State(schema, List.copyOf(segments), new Tail(schema, bound)));
    index.stored.putAll(stored);
    return index;
  }

  /** Takes a schema with additional fields into use for the rows to come. */
  public void declare(MetadataSchema schema) {
    seal();
    State now = state;
    state = new State(schema, now.segments, new Tail(schema, bound()));
  }

  /**
   * Adds a row. Rows left out match nothing.
   *
   * @param row larger than every row before
   * @param metadataJson a JSON object in UTF-8; empty means {@code {}}
   * @throws IllegalArgumentException when it is not JSON; nothing is added then
   */
  public void add(int row, byte[] metadataJson) {
    if (row < bound()) {
      throw new IllegalArgumentException("row " + row + " is below " + bound());
    }
    if (!state.tail.takes(row)) {
      seal();
    }
    state.tail.add(row, metadataJson);
  }

  /** One more than the last row, 0 at first. */
  public int bound() {
    Tail tail = state.tail;
    return tail.bound(tail.count());
  }

  /** Makes a segment of the tail and merges where there are enough. */
  private void seal() {
    State now = state;
    int count = now.tail.count();
    if (count == 0) {
      return;
    }
    List<Segment> segments = new ArrayList<>(now.segments);
    segments.add(now.tail.seal(count));
    mergeNewest(segments);
    state =
        new State(now.schema, List.copyOf(segments), new Tail(now.schema, now.tail.bound(count)));
  }

  /**
   * Merges the newest segments: the small ones of a block when there are eight of about one size,
   * and all of the block before once another one has begun.
   */
  private void mergeNewest(List<Segment> segments) {
    int last = segments.size() - 1;
    int block = segments.get(last).block();
    if (last > 0 && segments.get(last - 1).block() != block) {
      mergeFrom(segments, firstOf(segments, segments.get(last - 1).block()), last);
      return;
    }
    while (true) {
      int end = segments.size();
      int from = end - MERGE_SEGMENTS;
      if (from < 0 || segments.get(from).block() != block) {
        return;
      }
      int tier = tier(segments.get(end - 1));
      for (int i = from; i < end; i++) {
        if (tier(segments.get(i)) != tier) {
          return;
        }
      }
      if (!mergeFrom(segments, from, end)) {
        return;
      }
    }
  }

  /** Rows that a segment spans as a power of eight, from 1,024 on. */
  private static int tier(Segment segment) {
    int rows = segment.lastRow() - segment.firstRow() + 1;
    return rows <= Tail.ROWS_MAX ? 0 : rows <= MERGE_SEGMENTS * Tail.ROWS_MAX ? 1 : 2;
  }

  private static int firstOf(List<Segment> segments, int block) {
    int first = segments.size();
    while (first > 0 && segments.get(first - 1).block() >= block) {
      first--;
    }
    return first;
  }

  private static boolean mergeFrom(List<Segment> segments, int from, int to) {
    List<Segment> parts = segments.subList(from, to);
    long bytes = parts.stream().mapToLong(part -> part.data().byteSize()).sum();
    if (parts.size() < 2 || bytes > MERGED_BYTES_MAX) {
      return false;
    }
    Segment merged = Segment.merge(List.copyOf(parts));
    parts.clear();
    segments.add(from, merged);
    return true;
  }

  /** Which rows match or may match a filter; the filter's fields may be undeclared. */
  public Candidates plan(Filter filter) {
    State now = state;
    int tailCount = now.tail.count();
    FilterPlan plan = FilterPlan.of(filter, now.schema);
    RoaringBitmap possible = new RoaringBitmap();
    RoaringBitmap certain = new RoaringBitmap();
    boolean exact = true;
    for (IndexBlock block : blocks(now, tailCount)) {
      Bits bits = block.evaluate(plan, block.added());
      append(possible, block.number(), bits.possible());
      append(certain, block.number(), bits.certain());
      exact &= bits.isExact() || Arrays.equals(bits.certain(), bits.possible());
    }
    return new Candidates(
        possible, exact ? possible : certain, now.tail.bound(tailCount), plan.narrows());
  }

  private static List<IndexBlock> blocks(State state, int tailCount) {
    List<IndexBlock> blocks = new ArrayList<>();
    List<Segment> segments = state.segments;
    int from = 0;
    while (from < segments.size()) {
      int number = segments.get(from).block();
      int to = from + 1;
      while (to < segments.size() && segments.get(to).block() == number) {
        to++;
      }
      boolean last = to == segments.size() && tailCount > 0 && state.tail.block() == number;
      blocks.add(
          new IndexBlock(
              number,
              segments.subList(from, to),
              last ? Optional.of(state.tail) : Optional.empty(),
              tailCount));
      from = to;
    }
    if (tailCount > 0 && (blocks.isEmpty() || blocks.getLast().tail().isEmpty())) {
      blocks.add(new IndexBlock(state.tail.block(), List.of(), Optional.of(state.tail), tailCount));
    }
    return blocks;
  }

  private static void append(RoaringBitmap into, int block, long[] bits) {
    int count = 0;
    for (long word : bits) {
      count += Long.bitCount(word);
    }
    if (count > 0) {
      // The container is converted when it is repaired: to an array when it holds few rows.
      into.append((char) block, new BitmapContainer(bits, -1).repairAfterLazy());
    }
  }

  /** The rows so far, to be written by any thread while more are added. */
  public Cut cut() {
    State now = state;
    return new Cut(now, now.tail.count());
  }

  /** Bytes outside the Java heap; mapped files are not counted. */
  public long offHeapBytes() {
    return state.segments.stream().mapToLong(Segment::offHeapBytes).sum();
  }

  /** The rows of one moment. */
  public final class Cut {
    private final State state;
    private final int tailCount;

    private Cut(State state, int tailCount) {
      this.state = state;
      this.tailCount = tailCount;
    }

    /** One more than the last row. */
    public int bound() {
      return state.tail.bound(tailCount);
    }

    /**
     * Stores the rows; segments that are stored in the directory already are not written again. The
     * directory itself is the caller's to sync.
     *
     * @param generation part of the names of new files; must not repeat in a directory
     * @return all files that {@link #open} needs, new and old
     */
    public List<StoredFile> write(Path directory, long generation) throws IOException {
      List<StoredFile> files = new ArrayList<>();
      for (Segment segment : state.segments) {
        files.add(store(segment, directory, generation));
      }
      if (tailCount > 0) {
        files.add(store(state.tail.seal(tailCount), directory, generation));
      }
      forgetOthers();
      return files;
    }

    private StoredFile store(Segment segment, Path directory, long generation) throws IOException {
      Path absolute = directory.toAbsolutePath();
      synchronized (stored) {
        Stored before = stored.get(segment);
        if (before != null && before.directory.equals(absolute)) {
          return before.file;
        }
      }
      StoredFile file =
          BlobFile.write(
              directory,
              "metadata.%010d.%d.rows".formatted(segment.firstRow(), generation),
              segment.data());
      synchronized (stored) {
        stored.put(segment, new Stored(absolute, file));
      }
      return file;
    }

    private void forgetOthers() {
      synchronized (stored) {
        stored.keySet().retainAll(state.segments);
      }
    }
  }
}
