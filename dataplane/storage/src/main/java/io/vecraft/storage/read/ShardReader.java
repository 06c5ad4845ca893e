package io.vecraft.storage.read;

import io.vecraft.error.VecraftException;
import io.vecraft.index.filter.Filter;
import io.vecraft.journal.time.Deadline;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Reads of one shard replica, each as of one stamp S.
 *
 * <p>Every read needs {@code safePoint() <= S <= frontier()}: below it fails with {@code
 * snapshot_expired}, above it is a fault of the caller ({@code IllegalArgumentException}). Reads at
 * one S are repeatable. Calls run on the caller's thread and may be made from many threads.
 *
 * <p>Of a replica in another process, what it is called with and answers with goes over the
 * network, but for its name, frontier, safe point and known stamp: those are what it has last told.
 * When the process starts again, or the replica is made anew, it is another reader: this one's
 * values stay where they are, and its calls fail with {@code unavailable} or {@code not_ready}.
 */
public interface ShardReader {
  ShardId shard();

  /** Name of the storage node. */
  String node();

  /** Whether calls go to another process, so that they take a thread's time but not its work. */
  default boolean isRemote() {
    return false;
  }

  /** The history up to here is complete and applied. Never goes back. */
  long frontier();

  /** Reads below it are refused. Never goes back. */
  long safePoint();

  /**
   * The largest stamp that this replica knows to be in its partitions' logs; above the frontier it
   * lags.
   */
  long knownStamp();

  /**
   * Waits until the frontier has reached {@code stamp}; pulls from the journal on the caller's
   * thread what is missing. Does not ask the journal to close: the caller has done so.
   *
   * @throws VecraftException {@code deadline_exceeded}, or {@code unavailable} when the replica
   *     cannot go on
   */
  void awaitFrontier(long stamp, Deadline deadline);

  /**
   * The same replica, whose calls without a deadline of their own end by this one. Where they are
   * calls of another process they fail with {@code deadline_exceeded} then; in one process they are
   * short.
   */
  default ShardReader within(Deadline deadline) {
    return this;
  }

  SearchHits search(SearchSpec search, long asOf, Deadline deadline);

  /** The records among {@code ids} that exist at S, in the order of {@code ids}. */
  List<RecordView> get(List<String> ids, long asOf, Include include);

  /** Records by ascending id (bytes of UTF-8) after {@code afterId}, at most {@code limit}. */
  List<RecordView> scroll(
      Optional<Filter> filter, Optional<String> afterId, int limit, long asOf, Include include);

  /** How many records match. */
  long count(Optional<Filter> filter, long asOf);

  /** Versions of a record, newest first, that begin below {@code beforeStamp}. */
  List<VersionView> history(String id, long beforeStamp, int limit);

  /**
   * Position of the first of the records that has so many versions or more, 1 at least, which the
   * time-travel window has not left behind, by what is applied so far; empty when none has.
   */
  OptionalInt firstWithVersions(List<String> ids, int versions);

  /** Number of operations applied to the shard up to S, a function of the log alone. */
  long operationsApplied(long asOf);

  /** The same, if that is known without asking another process. */
  default OptionalLong operationsAppliedIfKnown(long asOf) {
    return OptionalLong.of(operationsApplied(asOf));
  }

  /**
   * What became of the operations of the log record with that stamp which belong to this shard, in
   * the order of the record; empty when the stamp is unknown. The frontier must have passed the
   * stamp. {@code snapshot_expired} when what became of them is no longer kept.
   */
  Optional<List<OperationOutcome>> outcomes(long stamp);

  /** Checksum of the set of records at S, equal on every replica of the shard. */
  long checksum(long asOf);

  /** Keeps the safe point at or below {@code stamp} until closed. */
  Pin pin(long stamp);

  ShardStats stats();

  /** Undoes {@link #pin}; idempotent. */
  interface Pin extends AutoCloseable {
    @Override
    void close();
  }
}
