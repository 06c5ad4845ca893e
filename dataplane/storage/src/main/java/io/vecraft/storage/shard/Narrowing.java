package io.vecraft.storage.shard;

import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.FilterMatcher;
import io.vecraft.index.metadata.Candidates;
import io.vecraft.index.metadata.MetadataIndex;
import java.util.Optional;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * A filter over the rows of a shard: which rows the metadata index lets through, and the matcher
 * for those that it cannot decide. Rows from {@link #bound()} on are not covered by the index.
 */
final class Narrowing {
  private final ShardState state;
  private final FilterMatcher matcher;
  private final Optional<Candidates> candidates;

  Narrowing(ShardState state, Filter filter) {
    this.state = state;
    this.matcher = FilterMatcher.of(filter, state.schema());
    Optional<MetadataIndex> index = state.metadata();
    this.candidates = index.map(i -> i.plan(filter));
  }

  /** Whether the record version of a row matches; visibility is another question. */
  boolean matches(int row) {
    if (candidates.isPresent()) {
      if (candidates.get().mustMatch(row)) {
        return true;
      }
      if (!candidates.get().mayMatch(row)) {
        return false;
      }
    }
    return matcher.matches(state.payloads().metadata(state.rows().payload(row)));
  }

  /** Rows below it are narrowed. */
  int bound() {
    return candidates.map(Candidates::bound).orElse(0);
  }

  /** The rows below {@link #bound()} that may match, ascending. */
  PeekableIntIterator possible() {
    return candidates.map(Candidates::possible).orElseGet(RoaringBitmap::new).getIntIterator();
  }

  /** How many of the rows below {@code end} may match. */
  long possibleCount(int end) {
    long covered = candidates.map(c -> c.possible().getLongCardinality()).orElse(0L);
    return Math.min(end, covered + Math.max(0, end - bound()));
  }

  /** Whether the index decides alone for the rows that it covers. */
  boolean exact() {
    return candidates.map(Candidates::exact).orElse(false);
  }
}
