package io.vecraft.journal.client;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import java.util.Map;

/** The journal nodes that can be called now; asked again for every try. Safe for concurrent use. */
@FunctionalInterface
public interface JournalNodes {

  /**
   * Those that have the partition or may have it, by name; the names are those that the journal
   * itself uses.
   */
  Map<String, JournalApi> of(int partition);

  /** Those that have any partition, by name. */
  default Map<String, JournalApi> all() {
    return of(Partitions.SYSTEM);
  }
}
