package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.vecraft.operator.apply.Labels;
import java.util.Optional;

/**
 * Storage nodes of a collection's own, beside those that are everybody's.
 *
 * @param name of the resource of the collection, and of the pool in the engine
 */
record Pool(String name) implements Part {
  private static final String PREFIX = Component.STORAGE.text() + "-";

  @Override
  public String text() {
    return PREFIX + name;
  }

  @Override
  public Component component() {
    return Component.STORAGE;
  }

  /** The pool whose nodes are in a set; empty for any other set. */
  static Optional<Pool> of(StatefulSet set) {
    return Optional.ofNullable(set.getMetadata().getLabels())
        .map(labels -> labels.get(Labels.COMPONENT))
        .filter(text -> text.startsWith(PREFIX))
        .map(text -> new Pool(text.substring(PREFIX.length())));
  }
}
