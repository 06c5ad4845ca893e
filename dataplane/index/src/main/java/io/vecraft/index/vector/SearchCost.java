package io.vecraft.index.vector;

/** What a search costs, for a planner that chooses between a walk of the graph and a scan. */
public final class SearchCost {
  private static final long VISITS_BASE = 4096;
  private static final long VISITS_PER_LINK = 4;

  private SearchCost() {}

  /** Vectors after which a walk gives up: it has met too few that the filter accepts. */
  static long visitMax(int m, int candidates, OrdinalFilter filter) {
    return filter == OrdinalFilter.ALL
        ? Long.MAX_VALUE
        : VISITS_BASE + VISITS_PER_LINK * 2 * m * candidates;
  }
}
