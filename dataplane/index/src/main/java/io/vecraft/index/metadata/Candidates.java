package io.vecraft.index.metadata;

import org.roaringbitmap.RoaringBitmap;

/**
 * What a {@link MetadataIndex} knows about a filter: rows that certainly match, and rows that may.
 * Covers the rows below {@link #bound()}; later rows may match too. Immutable.
 */
public final class Candidates {
  private final RoaringBitmap possible;
  private final RoaringBitmap certain;
  private final int bound;
  private final boolean narrowed;

  Candidates(RoaringBitmap possible, RoaringBitmap certain, int bound, boolean narrowed) {
    this.possible = possible;
    this.certain = certain;
    this.bound = bound;
    this.narrowed = narrowed;
  }

  /** Rows below it are covered. */
  public int bound() {
    return bound;
  }

  /** Every matching row below the bound is in it. Not to be changed. */
  public RoaringBitmap possible() {
    return possible;
  }

  /** Every row in it matches. A subset of {@link #possible()}. Not to be changed. */
  public RoaringBitmap certain() {
    return certain;
  }

  /** Whether the possible rows are exactly the matching ones, so that no matcher is needed. */
  public boolean exact() {
    return certain == possible;
  }

  /** Whether the filter is on a declared field at all; else every row is possible. */
  public boolean narrowed() {
    return narrowed;
  }

  /** Whether a row may match; true from the bound on. */
  public boolean mayMatch(int row) {
    return row >= bound || possible.contains(row);
  }

  /** Whether a row matches without asking a matcher. */
  public boolean mustMatch(int row) {
    return certain.contains(row);
  }

  /** Share of {@code rows} rows that may match, 0 to 1; 1 when there is no row. */
  public double selectivity(int rows) {
    return rows == 0 ? 1.0 : Math.min(1.0, possible.getLongCardinality() / (double) rows);
  }
}
