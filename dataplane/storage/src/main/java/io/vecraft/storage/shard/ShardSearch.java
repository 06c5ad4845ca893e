package io.vecraft.storage.shard;

import io.vecraft.index.filter.Filter;
import io.vecraft.index.vector.IntIterator;
import io.vecraft.index.vector.OrdinalFilter;
import io.vecraft.index.vector.SearchResult;
import io.vecraft.index.vector.VectorIndex;
import io.vecraft.journal.time.Deadline;
import io.vecraft.storage.read.SearchHits;
import io.vecraft.storage.read.SearchSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.roaringbitmap.PeekableIntIterator;

/**
 * One search of a shard at a stamp. The planner estimates how many records match and takes the
 * graph or an exact scan of the matching ones; vectors that wait for the graph are scanned exactly
 * beside it; and where the graph finds fewer than k, the scan decides whether more exist.
 *
 * <p>Used once, by one thread.
 */
public final class ShardSearch {
  private static final int NONE = VersionTable.NONE;
  private static final int CHECKS_PER_LOOK_AT_THE_CLOCK = 256;
  private static final int EF_DEFAULT = 64;

  private final ShardState state;
  private final ShardReads reads;
  private final VersionTable rows;
  private final ShardVectors vectors;
  private final SearchSpec spec;
  private final long stamp;
  private final Deadline deadline;
  private int checks;

  public ShardSearch(
      ShardState state, ShardReads reads, SearchSpec spec, long stamp, Deadline deadline) {
    this.state = state;
    this.reads = reads;
    this.rows = state.rows();
    this.vectors = state.vectors();
    this.spec = spec;
    this.stamp = stamp;
    this.deadline = deadline;
  }

  /** Runs it. */
  public SearchHits run() {
    Optional<VectorIndex> index = vectors.index();
    if (index.isEmpty()) {
      return new SearchHits(List.of(), true, "scan", 0);
    }
    return spec.filter().isPresent()
        ? filtered(index.get(), spec.filter().get())
        : unfiltered(index.get());
  }

  private SearchHits unfiltered(VectorIndex index) {
    OrdinalFilter visible = ordinal -> look() && vectors.visibleRow(ordinal, stamp) != NONE;
    int size = index.size();
    long records = reads.count(Optional.empty(), stamp);
    if (spec.exact() || SearchPlanner.scanAll(size, effort())) {
      return scan(index, IntIterator.range(0, size), visible, "scan", 0);
    }
    SearchResult result = throughGraph(index, visible);
    if (result.size() < Math.min(spec.k(), records)) {
      return scan(index, IntIterator.range(0, size), visible, "scan", result.visited());
    }
    return hits(result, false, "graph", result.visited());
  }

  private SearchHits filtered(VectorIndex index, Filter filter) {
    Narrowing narrowing = new Narrowing(state, filter);
    int end = rows.firstAbove(stamp);
    long possible = narrowing.possibleCount(end);
    double share =
        narrowing.exact()
            ? (double) possible / Math.max(1, end)
            : SearchPlanner.sampledShare(end, possible, row -> accepts(narrowing, row));
    if (spec.exact() || SearchPlanner.scanMatching(index.size(), possible, share, effort())) {
      return scanMatching(index, narrowing, end, 0);
    }
    SearchResult result =
        throughGraph(
            index,
            ordinal -> {
              look();
              int row = vectors.visibleRow(ordinal, stamp);
              return row != NONE && narrowing.matches(row);
            });
    if (result.size() < spec.k()) {
      return scanMatching(index, narrowing, end, result.visited());
    }
    return hits(result, false, "graph_filtered", result.visited());
  }

  private boolean accepts(Narrowing narrowing, int row) {
    return rows.visible(row, stamp) && narrowing.matches(row);
  }

  private SearchHits scanMatching(VectorIndex index, Narrowing narrowing, int end, long visited) {
    return scan(index, new Matching(narrowing, end), OrdinalFilter.ALL, "scan", visited);
  }

  private SearchHits scan(
      VectorIndex index,
      IntIterator ordinals,
      OrdinalFilter filter,
      String strategy,
      long visited) {
    SearchResult result = index.scan(spec.vector(), spec.k(), ordinals, filter);
    return hits(result, true, strategy, visited + result.visited());
  }

  /** The graph, and exactly the vectors that were not in it when the search began. */
  private SearchResult throughGraph(VectorIndex index, OrdinalFilter filter) {
    int[] unlinked = index.unlinked();
    SearchResult graph = index.search(spec.vector(), spec.k(), effort(), filter);
    if (unlinked.length == 0) {
      return graph;
    }
    SearchResult tail = index.scan(spec.vector(), spec.k(), IntIterator.of(unlinked), filter);
    return merge(graph, tail);
  }

  private SearchResult merge(SearchResult graph, SearchResult tail) {
    int[] ordinals = new int[Math.min(spec.k(), graph.size() + tail.size())];
    float[] distances = new float[ordinals.length];
    int size = 0;
    int g = 0;
    int t = 0;
    while (size < ordinals.length && (g < graph.size() || t < tail.size())) {
      boolean fromGraph =
          t == tail.size() || g < graph.size() && graph.distances()[g] <= tail.distances()[t];
      int ordinal = fromGraph ? graph.ordinals()[g] : tail.ordinals()[t];
      float distance = fromGraph ? graph.distances()[g++] : tail.distances()[t++];
      if (isNew(ordinals, size, ordinal)) {
        ordinals[size] = ordinal;
        distances[size++] = distance;
      }
    }
    return new SearchResult(ordinals, distances, size, graph.visited() + tail.visited());
  }

  /** A vector linked while the search ran may come from both sides, at places close together. */
  private static boolean isNew(int[] ordinals, int size, int ordinal) {
    for (int i = size - 1; i >= 0; i--) {
      if (ordinals[i] == ordinal) {
        return false;
      }
    }
    return true;
  }

  private SearchHits hits(SearchResult result, boolean exact, String strategy, long visited) {
    List<SearchHits.Hit> hits = new ArrayList<>(result.size());
    for (int i = 0; i < result.size(); i++) {
      int row = vectors.visibleRow(result.ordinals()[i], stamp);
      hits.add(new SearchHits.Hit(reads.view(row, spec.include()), result.distances()[i]));
    }
    return new SearchHits(hits, exact, strategy, visited);
  }

  private int effort() {
    return Math.max(spec.k(), spec.ef() > 0 ? spec.ef() : EF_DEFAULT);
  }

  /** Looks at the clock once in a while; always true. */
  private boolean look() {
    if (++checks % CHECKS_PER_LOOK_AT_THE_CLOCK == 0) {
      deadline.check("searching shard " + state.id().shard());
    }
    return true;
  }

  /** The ordinals of the visible records that match, found by their rows. */
  private final class Matching implements IntIterator {
    private final Narrowing narrowing;
    private final int end;
    private final PeekableIntIterator possible;
    private int uncovered;
    private int ahead = NONE;

    Matching(Narrowing narrowing, int end) {
      this.narrowing = narrowing;
      this.end = end;
      this.possible = narrowing.possible();
      this.uncovered = narrowing.bound();
    }

    @Override
    public boolean hasNext() {
      while (ahead == NONE) {
        int row;
        if (possible.hasNext()) {
          row = possible.next();
        } else if (uncovered < end) {
          row = uncovered++;
        } else {
          return false;
        }
        look();
        if (row < end && rows.ordinal(row) != NONE && accepts(narrowing, row)) {
          ahead = rows.ordinal(row);
        }
      }
      return true;
    }

    @Override
    public int next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      int ordinal = ahead;
      ahead = NONE;
      return ordinal;
    }
  }
}
