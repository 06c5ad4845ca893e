package io.vecraft.storage.shard;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.storage.read.Include;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import io.vecraft.storage.read.VersionView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.roaringbitmap.PeekableIntIterator;

/**
 * Reads of a shard's records at a stamp, which must not be above what has been applied. Safe for
 * many threads; no locks but for scrolling, which brings the order of ids up to date.
 */
public final class ShardReads {
  private static final int NONE = VersionTable.NONE;
  private static final byte[] NO_BYTES = {};
  private static final float[] NO_VECTOR = {};

  private final ShardState state;
  private final VersionTable rows;
  private final PayloadLog payloads;
  private final ShardVectors vectors;
  private final IdOrder order;

  ShardReads(ShardState state) {
    this.state = state;
    this.rows = state.rows();
    this.payloads = state.payloads();
    this.vectors = state.vectors();
    this.order = new IdOrder(rows, payloads);
  }

  /** The version of a record at {@code stamp}; empty when there is no record. */
  public OptionalLong version(String id, long stamp) {
    int row = visibleRow(id.getBytes(StandardCharsets.UTF_8), stamp);
    return row == NONE ? OptionalLong.empty() : OptionalLong.of(rows.begin(row));
  }

  /** The records among {@code ids} that exist, in that order. */
  public List<RecordView> get(List<String> ids, long stamp, Include include) {
    List<RecordView> found = new ArrayList<>(ids.size());
    for (String id : ids) {
      int row = visibleRow(id.getBytes(StandardCharsets.UTF_8), stamp);
      if (row != NONE) {
        found.add(view(row, include));
      }
    }
    return found;
  }

  /** Records by ascending id after {@code afterId}. */
  public List<RecordView> scroll(
      Optional<Filter> filter, Optional<String> afterId, int limit, long stamp, Include include) {
    List<RecordView> found = new ArrayList<>();
    Optional<Narrowing> narrowing = filter.map(f -> new Narrowing(state, f));
    IdOrder.Cursor cursor =
        order.above(afterId.map(id -> id.getBytes(StandardCharsets.UTF_8)), rows.firstAbove(stamp));
    while (found.size() < limit) {
      Optional<IdOrder.Entry> entry = cursor.next();
      if (entry.isEmpty()) {
        break;
      }
      int row = visibleRow(entry.get().id(), stamp);
      if (row != NONE && (narrowing.isEmpty() || narrowing.get().matches(row))) {
        found.add(view(row, include));
      }
    }
    return found;
  }

  /** How many records match. */
  public long count(Optional<Filter> filter, long stamp) {
    int end = rows.firstAbove(stamp);
    if (filter.isEmpty()) {
      return end == 0 ? 0 : rows.live(end - 1);
    }
    Narrowing narrowing = new Narrowing(state, filter.get());
    long count = 0;
    PeekableIntIterator possible = narrowing.possible();
    while (possible.hasNext()) {
      int row = possible.next();
      if (row >= end) {
        break;
      }
      if (rows.visible(row, stamp) && narrowing.matches(row)) {
        count++;
      }
    }
    for (int row = narrowing.bound(); row < end; row++) {
      if (rows.visible(row, stamp) && narrowing.matches(row)) {
        count++;
      }
    }
    return count;
  }

  /**
   * Versions of a record, newest first, that begin below {@code before} and up to {@code stamp}.
   */
  public List<VersionView> history(String id, long before, long stamp, int limit) {
    List<VersionView> versions = new ArrayList<>();
    int row = state.ids().find(id.getBytes(StandardCharsets.UTF_8));
    while (row != NONE && versions.size() < limit) {
      if (rows.begin(row) < before && rows.begin(row) <= stamp) {
        long payload = rows.payload(row);
        PayloadLog.Request request = payloads.request(payload);
        versions.add(
            new VersionView(
                rows.begin(row),
                rows.kind(row).history(),
                request.requestId(),
                request.principal(),
                payloads.metadata(payload)));
      }
      row = rows.previous(row);
    }
    return versions;
  }

  /**
   * Versions of a record that somebody may read who reads at or above {@code safePoint}; at most
   * {@code atMost} are counted.
   */
  public int versions(String id, long safePoint, int atMost) {
    int row = state.ids().find(id.getBytes(StandardCharsets.UTF_8));
    int count = 0;
    while (row != NONE && count < atMost) {
      count++;
      // What began before the safe point is the last that can be seen from there.
      row = rows.begin(row) <= safePoint ? NONE : rows.previous(row);
    }
    return count;
  }

  /** Operations applied up to {@code stamp}, which is not below what has been compacted. */
  public long operationsApplied(long stamp) {
    Compacted compacted = state.compacted();
    return compacted.operations() + rows.firstAbove(stamp) - compacted.rows();
  }

  /**
   * What became of the operations of the log record at exactly {@code stamp}.
   *
   * @throws VecraftException {@code snapshot_expired} when that is no longer kept
   */
  public Optional<List<OperationOutcome>> outcomes(long stamp) {
    if (stamp <= state.compacted().stamp()) {
      throw new VecraftException(
          ErrorCode.SNAPSHOT_EXPIRED,
          "what became of the operations at "
              + stamp
              + " is no longer kept, only of those above "
              + state.compacted().stamp());
    }
    List<OperationOutcome> outcomes = new ArrayList<>();
    int end = rows.firstAbove(stamp);
    for (int row = rows.firstAbove(stamp - 1); row < end; row++) {
      outcomes.add(
          new OperationOutcome(
              rows.operation(row),
              new String(payloads.id(rows.payload(row)), StandardCharsets.UTF_8),
              rows.kind(row).outcome()));
    }
    return outcomes.isEmpty() ? Optional.empty() : Optional.of(outcomes);
  }

  /**
   * Checksum of the set of records: the sum over the records of a hash of id, version, metadata and
   * vector, so that it does not depend on any order. Reads everything.
   */
  public long checksum(long stamp) {
    long sum = 0;
    int end = rows.firstAbove(stamp);
    for (int row = 0; row < end; row++) {
      if (!rows.visible(row, stamp)) {
        continue;
      }
      PayloadLog.Version version = payloads.version(rows.payload(row));
      Hasher hasher =
          Hashing.murmur3_128()
              .newHasher()
              .putInt(version.id().length)
              .putBytes(version.id())
              .putLong(rows.begin(row))
              .putInt(version.metadata().length)
              .putBytes(version.metadata());
      if (rows.ordinal(row) != NONE) {
        for (float number : vectors.read(rows.ordinal(row))) {
          hasher.putInt(Float.floatToRawIntBits(number));
        }
      }
      sum += hasher.hash().asLong();
    }
    return sum;
  }

  RecordView view(int row, Include include) {
    PayloadLog.Version version = payloads.version(rows.payload(row));
    boolean vector = include.vector() && rows.ordinal(row) != NONE;
    return new RecordView(
        version.text(),
        rows.begin(row),
        include.metadata() ? version.metadata() : NO_BYTES,
        vector ? vectors.read(rows.ordinal(row)) : NO_VECTOR);
  }

  private int visibleRow(byte[] id, long stamp) {
    int row = state.ids().find(id);
    while (row != NONE && rows.begin(row) > stamp) {
      row = rows.previous(row);
    }
    return row == NONE || rows.kind(row) == RowKind.DELETED ? NONE : row;
  }
}
