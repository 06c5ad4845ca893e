package io.vecraft.journal.client;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PartitionGroup;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TailRequest;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the SYSTEM log for changes of the journal's own nodes and partitions: whoever uses the
 * journal hears of them from it alone, whether the metadata store is there or not. A tail that ends
 * is taken up again where it was, until this is closed: a process that missed a change would ask a
 * clock group that is sealed. Safe for concurrent use.
 */
public final class JournalGroups implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalGroups.class);
  private static final long AGAIN_MS = 500;
  private static final Executor AGAIN =
      CompletableFuture.delayedExecutor(AGAIN_MS, TimeUnit.MILLISECONDS);

  private final JournalApi journal;
  private final Listener listener;

  // Guarded by this.
  private Optional<JournalApi.Subscription> tail = Optional.empty();
  private long nextOffset = 1;
  private boolean closed;

  /**
   * Is told of every change that the log names, in its order, those of the past first. Must not
   * block for long.
   */
  public interface Listener {
    /** These are the journal's nodes from here on. */
    void group(JournalGroup group);

    /** These are the nodes of one partition from here on. */
    void group(PartitionGroup group);

    /** So many DATA partitions there are to be. */
    default void wanted(int dataPartitions) {}

    /** So many DATA partitions get shards of new collections from here on. */
    default void open(int dataPartitions) {}
  }

  private JournalGroups(JournalApi journal, Listener listener) {
    this.journal = journal;
    this.listener = listener;
  }

  /** Follows until closed. */
  public static JournalGroups follow(JournalApi journal, Listener listener) {
    var groups = new JournalGroups(journal, listener);
    groups.open();
    return groups;
  }

  private synchronized void open() {
    if (closed) {
      return;
    }
    try {
      tail =
          Optional.of(
              journal.tail(
                  TailRequest.newBuilder()
                      .setPartition(Partitions.SYSTEM)
                      .setFromOffset(nextOffset)
                      .setRecordsOnly(true)
                      .build(),
                  new Records()));
    } catch (RuntimeException e) {
      again(e);
    }
  }

  private void again(Throwable cause) {
    LOG.info("changes of the journal's nodes are not heard of for a moment", cause);
    AGAIN.execute(this::open);
  }

  private synchronized void reached(long offset) {
    nextOffset = Math.max(nextOffset, offset);
  }

  private final class Records implements JournalApi.TailListener {
    @Override
    public void onRecords(PullResponse batch) {
      for (Record record : batch.getRecordsList()) {
        for (Operation operation : record.getOperationsList()) {
          switch (operation.getKindCase()) {
            case SET_JOURNAL_GROUP -> listener.group(operation.getSetJournalGroup().getGroup());
            case SET_PARTITION_GROUP -> listener.group(operation.getSetPartitionGroup().getGroup());
            case WANT_DATA_PARTITIONS ->
                listener.wanted(operation.getWantDataPartitions().getCount());
            case OPEN_DATA_PARTITIONS ->
                listener.open(operation.getOpenDataPartitions().getCount());
            default -> {}
          }
        }
      }
      reached(batch.getNextOffset());
    }

    @Override
    public void onEnd(Throwable cause) {
      synchronized (JournalGroups.this) {
        if (!closed) {
          again(cause);
        }
      }
    }
  }

  @Override
  public void close() {
    Optional<JournalApi.Subscription> last;
    synchronized (this) {
      closed = true;
      last = tail;
    }
    last.ifPresent(JournalApi.Subscription::close);
  }
}
