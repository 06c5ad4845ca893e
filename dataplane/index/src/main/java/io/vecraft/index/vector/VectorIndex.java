package io.vecraft.index.vector;

import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Nearest-neighbour index: vectors outside the heap, found exactly by {@link #scan} or through a
 * graph by {@link #search}.
 *
 * <p>Vectors get ordinals from 0 in the order of {@link #append}; they are never changed or
 * removed: what is visible is said by the filter of each search. All methods are thread-safe except
 * that {@link #close} must not run beside others; searches take no lock. Should it do so all the
 * same, it waits for searches, scans and links; what comes later is an {@link
 * IllegalStateException}.
 */
public final class VectorIndex implements AutoCloseable {
  /** Most hits of a search. */
  public static final int K_MAX = 10_000;

  /** Hits of the approximate walk that are compared exactly, beyond half more than are wanted. */
  private static final int RESCORE_EXTRA = 8;

  private static final int SCAN_BATCH = 64;

  private final VectorIndexConfig config;
  private final FloatEncoding exact;
  private final VectorEncoding encoding;
  private final Graph graph;
  private final GraphWalk walk;
  private final ScratchPool scratches;
  private final Object appendLock = new Object();
  private final Object checkpointLock = new Object();
  private final AtomicInteger linked = new AtomicInteger();

  /** Vectors that exist; written under {@link #appendLock}, after their rows. */
  private volatile int size;

  /** All vectors below are linked. */
  private volatile int linkedBelow;

  private VectorIndex(
      VectorIndexConfig config, FloatEncoding exact, VectorEncoding encoding, Graph graph) {
    this.config = config;
    this.exact = exact;
    this.encoding = encoding;
    this.graph = graph;
    this.walk = new GraphWalk(graph, config.m(), config.efConstruction());
    this.scratches = new ScratchPool(() -> new Scratch(encoding, exact, graph.width(0)));
  }

  /** An empty index. */
  public static VectorIndex create(VectorIndexConfig config) {
    FloatEncoding exact = FloatEncoding.create(config);
    VectorEncoding encoding =
        switch (config.quantization()) {
          case NONE -> exact;
          case LVQ8 -> Lvq8Encoding.create(config, exact);
        };
    return new VectorIndex(config, exact, encoding, Graph.create(config.m()));
  }

  /**
   * Opens what {@link #checkpoint} stored: maps the files, reads little. The vectors that were
   * linked then are linked.
   *
   * @param config as it was; {@code efConstruction} and {@code maxVectors} may differ
   * @param files what {@code checkpoint} returned
   * @throws DamagedBlockException if a file is missing or is not the one that was stored; damage
   *     inside a file is thrown by the call that touches it first
   */
  public static VectorIndex open(VectorIndexConfig config, Path directory, List<StoredFile> files)
      throws IOException {
    IndexFiles index = new IndexFiles(directory, files);
    IndexHeader header = IndexHeader.read(config, index);
    int count = header.count();
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      FloatEncoding exact = FloatEncoding.open(config, index, count);
      opened.add(exact);
      VectorEncoding encoding =
          switch (config.quantization()) {
            case NONE -> exact;
            case LVQ8 ->
                Lvq8Encoding.open(
                    config, exact, index, count, header.mean().map(IndexHeader.Mean::numbers));
          };
      opened.add(encoding);
      Graph graph = Graph.open(config.m(), index, count, header.upperRows(), header.entry());
      opened.add(graph);
      VectorIndex opening = new VectorIndex(config, exact, encoding, graph);
      opening.size = count;
      opening.countLinked();
      if (graph.entry() == Graph.NO_NODE) {
        // The first nodes were linked between the choice of the entry and the cut of the states.
        graph.entry(graph.entryBelow(count));
      }
      return opening;
    } catch (IOException | RuntimeException e) {
      for (AutoCloseable part : opened) {
        closeQuietly(part, e);
      }
      throw e;
    }
  }

  private static void closeQuietly(AutoCloseable part, Exception cause) {
    try {
      part.close();
    } catch (Exception e) {
      cause.addSuppressed(e);
    }
  }

  private void countLinked() {
    int missing = 0;
    int first = size;
    for (int ordinal = graph.nextUnlinked(0, size);
        ordinal < size;
        ordinal = graph.nextUnlinked(ordinal + 1, size)) {
      first = Math.min(first, ordinal);
      missing++;
    }
    linked.set(size - missing);
    linkedBelow = first;
  }

  /** The shape of the index. */
  public VectorIndexConfig config() {
    return config;
  }

  /**
   * Stores a vector and returns its ordinal; it is not in the graph yet.
   *
   * @throws IllegalArgumentException if its length is not the dimension or a number is not finite
   * @throws IllegalStateException if the index is full
   */
  public int append(float[] vector) {
    check(vector);
    synchronized (appendLock) {
      int ordinal = size;
      if (ordinal >= config.maxVectors()) {
        throw new IllegalStateException(
            "maxVectors: the index is full with %d vectors".formatted(ordinal));
      }
      exact.add(ordinal, vector);
      if (encoding != exact) {
        encoding.add(ordinal, vector);
      }
      graph.add(ordinal);
      size = ordinal + 1;
      return ordinal;
    }
  }

  private void check(float[] vector) {
    if (vector.length != config.dimension()) {
      throw new IllegalArgumentException(
          "vector: %d numbers, not %d".formatted(vector.length, config.dimension()));
    }
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new IllegalArgumentException("vector[%d]: %s is not finite".formatted(i, vector[i]));
      }
    }
  }

  /** Puts a stored vector into the graph; runs beside searches and other links; idempotent. */
  public void link(int ordinal) {
    Objects.checkIndex(ordinal, size);
    if (!claim(ordinal)) {
      return;
    }
    boolean done = false;
    Scratch scratch = scratches.borrow();
    try {
      walk.insert(scratch, ordinal, size);
      graph.linked(ordinal);
      linked.incrementAndGet();
      done = true;
    } finally {
      if (!done) {
        graph.unlinked(ordinal);
      }
      scratches.giveBack(scratch);
    }
  }

  /** Whether this thread is to link the node; waits while another one does. */
  private boolean claim(int ordinal) {
    while (true) {
      synchronized (graph.lock(ordinal)) {
        if (graph.isLinked(ordinal)) {
          return false;
        }
        if (!graph.isLinking(ordinal)) {
          graph.linking(ordinal);
          return true;
        }
      }
      Thread.yield();
    }
  }

  /** {@link #append} and {@link #link}. */
  public int add(float[] vector) {
    int ordinal = append(vector);
    link(ordinal);
    return ordinal;
  }

  /** Vectors stored. */
  public int size() {
    return size;
  }

  /** Vectors in the graph. */
  public int linkedCount() {
    return linked.get();
  }

  /** Whether a vector is in the graph. */
  public boolean isLinked(int ordinal) {
    Objects.checkIndex(ordinal, size);
    return graph.isLinked(ordinal);
  }

  /**
   * Stored vectors that are not in the graph, ascending. To cover all vectors take this before
   * {@link #search} and scan it after: a vector linked in between may be found twice.
   */
  public int[] unlinked() {
    int end = size;
    int from = graph.nextUnlinked(linkedBelow, end);
    linkedBelow = from;
    int[] found = new int[16];
    int count = 0;
    for (int ordinal = from; ordinal < end; ordinal = graph.nextUnlinked(ordinal + 1, end)) {
      if (count == found.length) {
        found = Arrays.copyOf(found, count * 2);
      }
      found[count++] = ordinal;
    }
    // A search that begins now sees the links of all others.
    VarHandle.acquireFence();
    return Arrays.copyOf(found, count);
  }

  /** The vector as it was appended. */
  public void read(int ordinal, float[] into) {
    Objects.checkIndex(ordinal, size);
    exact.read(ordinal, into);
  }

  /**
   * The nearest accepted vectors in the graph, approximately. The graph is walked through vectors
   * that the filter refuses; with a filter that accepts few, {@link #scan} is faster and exact, and
   * a walk that meets too few accepted vectors gives up with an empty result.
   *
   * @param k at most so many hits, 1 to 10,000
   * @param ef candidates kept while searching; {@code k} if less
   */
  public SearchResult search(float[] query, int k, int ef, OrdinalFilter filter) {
    check(query);
    checkK(k);
    Scratch scratch = scratches.borrow();
    try {
      int candidates = Math.max(k, ef);
      scratch.visited = 0;
      scratch.scorer.query(query);
      boolean ended =
          walk.nearest(
              scratch,
              size,
              k,
              candidates,
              filter,
              SearchCost.visitMax(config.m(), candidates, filter));
      if (!ended) {
        return new SearchResult(new int[0], new float[0], 0, scratch.visited);
      }
      return encoding.approximate() ? rescored(scratch, query, k) : best(scratch, k);
    } finally {
      scratches.giveBack(scratch);
    }
  }

  private static void checkK(int k) {
    if (k < 1 || k > K_MAX) {
      throw new IllegalArgumentException("k: %d is not in 1..%d".formatted(k, K_MAX));
    }
  }

  private SearchResult best(Scratch scratch, int k) {
    CandidatePool pool = scratch.pool;
    long[] hits = new long[Math.min(k, pool.accepted())];
    int size = 0;
    for (int i = 0; size < hits.length; i++) {
      if ((pool.get(i) & Scores.ACCEPTED) != 0) {
        hits[size++] = pool.get(i);
      }
    }
    return result(hits, size, scratch.visited);
  }

  private SearchResult rescored(Scratch scratch, float[] query, int k) {
    CandidatePool pool = scratch.pool;
    int[] ordinals = new int[Math.min(k + (k >> 1) + RESCORE_EXTRA, pool.accepted())];
    int count = 0;
    for (int i = 0; count < ordinals.length; i++) {
      if ((pool.get(i) & Scores.ACCEPTED) != 0) {
        ordinals[count++] = Scores.ordinal(pool.get(i));
      }
    }
    float[] scores = new float[count];
    scratch.exact.query(query);
    scratch.exact.score(ordinals, 0, count, scores);
    long[] hits = new long[count];
    for (int i = 0; i < count; i++) {
      hits[i] = Scores.pack(scores[i], ordinals[i], 0);
    }
    Arrays.sort(hits);
    return result(hits, Math.min(k, count), scratch.visited);
  }

  private SearchResult result(long[] hits, int count, long visited) {
    int[] ordinals = new int[count];
    float[] distances = new float[count];
    for (int i = 0; i < count; i++) {
      ordinals[i] = Scores.ordinal(hits[i]);
      distances[i] = exact.distance(Scores.score(hits[i]));
    }
    return new SearchResult(ordinals, distances, count, visited);
  }

  /** The nearest accepted vectors among {@code ordinals}, exactly. */
  public SearchResult scan(float[] query, int k, IntIterator ordinals, OrdinalFilter filter) {
    check(query);
    checkK(k);
    Scratch scratch = scratches.borrow();
    try {
      scratch.exact.query(query);
      NearestBuffer nearest = new NearestBuffer(k);
      int[] batch = new int[SCAN_BATCH];
      float[] scores = new float[SCAN_BATCH];
      long visited = 0;
      int present = size;
      while (ordinals.hasNext()) {
        int count = 0;
        while (count < SCAN_BATCH && ordinals.hasNext()) {
          int ordinal = Objects.checkIndex(ordinals.next(), present);
          if (filter.accepts(ordinal)) {
            batch[count++] = ordinal;
          }
        }
        scratch.exact.score(batch, 0, count, scores);
        for (int i = 0; i < count; i++) {
          nearest.add(scores[i], batch[i]);
        }
        visited += count;
      }
      long[] hits = nearest.nearest();
      return result(hits, hits.length, visited);
    } finally {
      scratches.giveBack(scratch);
    }
  }

  /** Bytes outside the heap, mapped files included. */
  public long offHeapBytes() {
    long bytes = exact.offHeapBytes() + graph.offHeapBytes();
    return encoding == exact ? bytes : bytes + encoding.offHeapBytes();
  }

  /**
   * Stores the vectors below {@code count} and the graph among them. Only what has changed since
   * the last call for the same directory is written; everything goes on meanwhile.
   *
   * @param generation part of the names of new files; must not repeat in a directory
   * @param count at most {@link #size}
   * @return all files that {@link #open} needs, new and old
   */
  public List<StoredFile> checkpoint(Path directory, long generation, int count)
      throws IOException {
    Objects.checkFromToIndex(0, count, size);
    synchronized (checkpointLock) {
      int entry = graph.entryBelow(count);
      int upperRows = graph.upperRows(count);
      Optional<IndexHeader.Mean> mean =
          encoding instanceof Lvq8Encoding codes
              ? codes.mean().map(IndexHeader.Mean::new)
              : Optional.empty();
      List<StoredFile> files = new ArrayList<>();
      files.addAll(graph.checkpoint(directory, generation, count, upperRows));
      files.addAll(exact.checkpoint(directory, generation, count));
      if (mean.isPresent()) {
        files.addAll(encoding.checkpoint(directory, generation, count));
      }
      IndexHeader header = new IndexHeader(config, count, upperRows, entry, mean);
      files.addAll(header.write(directory, generation));
      return files;
    }
  }

  /**
   * Verifies every stored block that was not touched yet.
   *
   * @throws DamagedBlockException at the first damaged block
   */
  public void verifyAll() {
    exact.verifyAll();
    if (encoding != exact) {
      encoding.verifyAll();
    }
    graph.verifyAll();
  }

  @Override
  public void close() {
    scratches.close();
    exact.close();
    if (encoding != exact) {
      encoding.close();
    }
    graph.close();
  }
}
