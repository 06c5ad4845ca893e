package io.vecraft.journal.log;

import com.google.protobuf.ByteString;
import io.vecraft.journal.partition.Decision;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One partition as a replicated state machine: proposals go in, every replica decides them in the
 * same order by the same pure function, decided records come out. A proposal commits later than it
 * is appended, its stamps are fixed where it is applied, and a leader may be deposed in between;
 * callers see no more than this of consensus.
 *
 * <p>Safe for concurrent use unless an implementation says otherwise. Futures may complete on the
 * log's own thread: a continuation must not block.
 */
public interface ReplicatedLog extends AutoCloseable {

  /**
   * Proposes a batch. Completes once the batch is committed, durable and applied, with one decision
   * for each append in their order; proposals are decided in the order of the calls.
   *
   * <p>Fails with {@code not_leader} or {@code unavailable} when the batch was certainly not
   * proposed, with {@code outcome_unknown} when it may still be decided.
   */
  CompletableFuture<List<Decision>> append(Proposal batch);

  /**
   * Answers from the state after an entry that was committed after this call began, with everything
   * up to {@code closeAtLeast} closed. Barriers that wait together share the entry.
   *
   * @param closeAtLeast a stamp that the clock group has adopted, or 0 to close nothing
   */
  CompletableFuture<Position> barrier(long closeAtLeast);

  /**
   * Whether, as far as this replica knows, the principal's request id is in the log with another
   * body than this digest's. The leader knows of everything that was acknowledged.
   */
  boolean isReused(String requestId, String principal, ByteString digest);

  /** What is committed, durable and applied at this replica. */
  CommittedLog committed();

  /** Names of the replicas, this one among them. */
  List<String> replicas();

  /** The replica that leads, as far as this one knows. */
  Optional<String> leaderHint();

  /** Ends the log; what was proposed and not answered fails with {@code outcome_unknown}. */
  @Override
  void close();
}
