package io.vecraft.journal.partition;

import io.vecraft.journal.partition.Decision.Duplicate;
import io.vecraft.proto.journal.DecidedTransaction;
import io.vecraft.proto.journal.PartitionSnapshot;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which transactions have their outcome in the log. The first outcome wins; of one that is no
 * longer remembered here a second may enter the log, where readers ignore it.
 */
final class DecidedTransactions {
  private final int maxEntries;
  private final Map<Long, Duplicate> byStamp = new LinkedHashMap<>();

  DecidedTransactions(int maxEntries) {
    this.maxEntries = maxEntries;
  }

  Optional<Duplicate> find(long transactionStamp) {
    return Optional.ofNullable(byStamp.get(transactionStamp));
  }

  void add(long transactionStamp, long offset, long stamp) {
    byStamp.putIfAbsent(transactionStamp, new Duplicate(offset, stamp, 0));
    if (byStamp.size() > maxEntries) {
      byStamp.remove(byStamp.keySet().iterator().next());
    }
  }

  void restore(DecidedTransaction decided) {
    add(decided.getTransactionStamp(), decided.getOffset(), decided.getStamp());
  }

  void save(PartitionSnapshot.Builder snapshot) {
    byStamp.forEach((transaction, first) ->
        snapshot.addDecidedTransactions(
            DecidedTransaction.newBuilder()
                .setTransactionStamp(transaction)
                .setOffset(first.offset())
                .setStamp(first.stamp())));
  }
}
