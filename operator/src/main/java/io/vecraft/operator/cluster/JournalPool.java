package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.engine.Gateway;
import java.util.Optional;

/**
 * Journal nodes of a partition's own, beside those that are everybody's.
 *
 * @param partition its number
 */
record JournalPool(int partition) implements Part {
  private static final String PREFIX = Component.JOURNAL.text() + "-p";

  @Override
  public String text() {
    return PREFIX + partition;
  }

  @Override
  public Component component() {
    return Component.JOURNAL;
  }

  /** Name of the pool in the engine. */
  String name() {
    return Gateway.poolOf(partition);
  }

  /** The pool whose nodes are in a set; empty for any other set. */
  static Optional<JournalPool> of(StatefulSet set) {
    return Optional.ofNullable(set.getMetadata().getLabels())
        .map(labels -> labels.get(Labels.COMPONENT))
        .filter(text -> text.startsWith(PREFIX))
        .map(text -> new JournalPool(Integer.parseInt(text.substring(PREFIX.length()))));
  }
}
