package io.vecraft.operator.cluster;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What tells the operator's Pods from others, for NetworkPolicies that let them in.
 *
 * @param namespace where they are
 * @param labels that they have, in an order that is the same in every process
 */
public record OperatorPods(String namespace, SortedMap<String, String> labels) {
  public OperatorPods {
    if (labels.isEmpty()) {
      throw new IllegalArgumentException("without labels all Pods of " + namespace + " were meant");
    }
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
  }

  /** Of labels, whatever their order. */
  public static OperatorPods of(String namespace, Map<String, String> labels) {
    return new OperatorPods(namespace, new TreeMap<>(labels));
  }
}
