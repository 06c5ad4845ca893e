package io.vecraft.journal.client;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TailRequest;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the SYSTEM log for changes of the journal's own nodes: whoever uses the journal hears of
 * them from it alone, whether the metadata store is there or not.
 */
public final class JournalGroups implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalGroups.class);

  private final Consumer<JournalGroup> onChange;
  private final JournalApi.Subscription tail;

  private JournalGroups(JournalApi journal, Consumer<JournalGroup> onChange) {
    this.onChange = onChange;
    this.tail =
        journal.tail(
            TailRequest.newBuilder().setPartition(Partitions.SYSTEM).setFromOffset(1).build(),
            new Listener());
  }

  /**
   * Follows until closed.
   *
   * @param onChange told every group that the log names, in its order, those of the past first;
   *     must not block for long
   */
  public static JournalGroups follow(JournalApi journal, Consumer<JournalGroup> onChange) {
    return new JournalGroups(journal, onChange);
  }

  private final class Listener implements JournalApi.TailListener {
    @Override
    public void onRecords(PullResponse batch) {
      for (Record record : batch.getRecordsList()) {
        for (Operation operation : record.getOperationsList()) {
          if (operation.hasSetJournalGroup()) {
            onChange.accept(operation.getSetJournalGroup().getGroup());
          }
        }
      }
    }

    @Override
    public void onEnd(Throwable cause) {
      LOG.warn("changes of the journal's nodes are not heard of any more", cause);
    }
  }

  @Override
  public void close() {
    tail.close();
  }
}
