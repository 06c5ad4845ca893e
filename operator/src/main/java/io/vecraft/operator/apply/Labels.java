package io.vecraft.operator.apply;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Labels and annotations of what the operator makes. */
public final class Labels {
  public static final String NAME = "app.kubernetes.io/name";
  public static final String INSTANCE = "app.kubernetes.io/instance";
  public static final String COMPONENT = "app.kubernetes.io/component";
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** Value of {@link #MANAGED_BY}, and the name that objects are applied under. */
  public static final String OPERATOR = "vecraft-operator";

  /** Selects what the operator made. */
  public static final String SELECTOR = MANAGED_BY + "=" + OPERATOR;

  /** Annotation: digest of the object as it was applied last. */
  public static final String APPLIED = "vecraft.io/applied";

  /** Annotation: storage nodes that the operator has told to leave, separated by commas. */
  public static final String LEAVING = "vecraft.io/leaving";

  /** Annotation of etcd's Pods: which authorities they have read, as the operator calls them. */
  public static final String TRUST = "vecraft.io/trust";

  private Labels() {}

  /** What all objects and Pods of a cluster have, in an order that is the same in every process. */
  public static SortedMap<String, String> ofInstance(String cluster) {
    return Collections.unmodifiableSortedMap(
        new TreeMap<>(Map.of(NAME, "vecraft", INSTANCE, cluster)));
  }
}
