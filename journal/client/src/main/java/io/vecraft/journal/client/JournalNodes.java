package io.vecraft.journal.client;

import io.vecraft.journal.api.JournalApi;
import java.util.Map;

/** The journal nodes that can be called now; asked again for every try. Safe for concurrent use. */
@FunctionalInterface
public interface JournalNodes {

  /** Calls by name of the node; the names are those that the journal itself uses. */
  Map<String, JournalApi> now();
}
