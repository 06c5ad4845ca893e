package io.vecraft.storage.shard;

import java.util.function.BooleanSupplier;

/**
 * Removes from a shard what nobody may read any more: versions that ended at or below a stamp (the
 * horizon), tombstones that had come by then, operations without effect, and with them their
 * vectors and places in the graph. What is left is copied, in its order, into a new state, while
 * the old one goes on being applied to and read; its memory is freed once the new one has taken its
 * place and the last read of it has ended.
 *
 * <p>Answers at stamps from the horizon on do not change: rows keep their stamps, and the count of
 * operations goes on from those removed. A graph is built anew of the vectors that are left, rather
 * than mended around those that are gone, so that its quality does not depend on what has been
 * deleted. While it runs the shard takes its memory twice.
 *
 * <p>Not thread-safe: one thread drives it. {@link #copy} and {@link #link} run beside the applying
 * thread of the old state; {@link #finish} while that stands still.
 */
public final class ShardCompaction implements AutoCloseable {
  private static final int NONE = VersionTable.NONE;

  /** Rows between two looks at whether to stop. */
  private static final int ROWS_PER_LOOK = 1024;

  private final ShardState from;
  private final long horizon;
  private final ShardState to;
  private final long operationsBelow;
  private int next;
  private int keptBelow;
  private long oldContext = -1;
  private long newContext;
  private boolean finished;

  /**
   * @param horizon at most the safe point and the frontier; nothing is read below it any more
   */
  public ShardCompaction(ShardState from, long horizon) {
    if (horizon < from.compacted().stamp()) {
      throw new IllegalArgumentException(
          "horizon " + horizon + " is below the last, " + from.compacted().stamp());
    }
    this.from = from;
    this.horizon = horizon;
    this.operationsBelow = from.reads().operationsApplied(horizon);
    this.to = ShardState.create(from.id(), from.memory().shape().with(from.schema()));
  }

  /** How many rows a compaction at {@code horizon} would remove; reads the rows up to it. */
  public static int removable(ShardState state, long horizon) {
    VersionTable rows = state.rows();
    int end = rows.firstAbove(horizon);
    int removable = 0;
    for (int row = 0; row < end; row++) {
      if (!rows.visible(row, horizon)) {
        removable++;
      }
    }
    return removable;
  }

  /** The state that is being filled. */
  public ShardState to() {
    return to;
  }

  /** Rows of the old state that have not been copied yet. */
  public int behind() {
    return from.rows().size() - next;
  }

  /** Copies what there is now; ends early, and returns false, when told to stop. */
  public boolean copy(BooleanSupplier stop) {
    VersionTable rows = from.rows();
    int end = rows.size();
    for (; next < end; next++) {
      if (next % ROWS_PER_LOOK == 0 && stop.getAsBoolean()) {
        return false;
      }
      if (rows.begin(next) > horizon) {
        copyRow(next);
      } else if (rows.visible(next, horizon)) {
        copyRow(next);
        keptBelow++;
      }
    }
    return true;
  }

  /** Puts what has been copied into the graph; ends early, and returns false, when told to stop. */
  public boolean link(BooleanSupplier stop) {
    while (to.vectors().linkNext()) {
      if (stop.getAsBoolean()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Copies the rest while nothing is applied to the old state. The new state is whole then, and the
   * caller's to close.
   */
  public ShardState finish() {
    copy(() -> false);
    to.define(from.schema());
    to.copied(from.appliedStamp(), new Compacted(horizon, operationsBelow, keptBelow));
    finished = true;
    return to;
  }

  private void copyRow(int row) {
    VersionTable rows = from.rows();
    RowKind kind = rows.kind(row);
    PayloadLog.Version version = from.payloads().version(rows.payload(row));
    long payload = to.payloads().append(context(row), version.id(), version.metadata());
    int operation = rows.operation(row);
    if (!kind.effective()) {
      to.rows().append(rows.begin(row), payload, NONE, NONE, operation, kind);
      return;
    }
    // Rows of a record are copied in their order: its newest here is the one before this, if kept.
    int before = to.ids().find(version.id());
    int ordinal = ordinal(row, before);
    int copied =
        rows.begin(row) > horizon
            ? to.rows().append(rows.begin(row), payload, before, ordinal, operation, kind)
            : to.rows().append(rows.begin(row), payload, before, ordinal, operation, kind, 1);
    if (kind != RowKind.DELETED) {
      to.index(copied, version.metadata());
    }
    if (ordinal != NONE) {
      to.vectors().point(ordinal, copied);
    }
    if (before != NONE) {
      to.rows().setEnd(before, rows.begin(row));
    }
    to.ids().put(version.id(), before, copied);
  }

  private int ordinal(int row, int before) {
    int ordinal = from.rows().ordinal(row);
    if (ordinal == NONE) {
      return NONE;
    }
    int previous = from.rows().previous(row);
    if (before != NONE && previous != NONE && from.rows().ordinal(previous) == ordinal) {
      return to.rows().ordinal(before);
    }
    return to.vectors().store(from.vectors().read(ordinal));
  }

  private long context(int row) {
    long context = from.payloads().context(from.rows().payload(row));
    if (context != oldContext) {
      PayloadLog.Request request = from.payloads().request(from.rows().payload(row));
      newContext = to.payloads().appendContext(request.requestId(), request.principal());
      oldContext = context;
    }
    return newContext;
  }

  /** Frees the new state unless it was finished. */
  @Override
  public void close() {
    if (!finished) {
      to.close();
    }
  }
}
