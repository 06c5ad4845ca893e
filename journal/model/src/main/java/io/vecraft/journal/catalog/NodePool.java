package io.vecraft.journal.catalog;

import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.NodeRegistration;
import java.util.regex.Pattern;

/**
 * A pool: storage nodes that have replicas of the collections of the same pool, or journal nodes
 * that have those of its partitions, and of no others. A node is in one pool, a collection and a
 * partition too; who says nothing is in {@link #SHARED}.
 */
public final class NodePool {
  /** The pool of whatever names none. */
  public static final String SHARED = "shared";

  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?");

  private NodePool() {}

  /**
   * Whether a pool can have that name: 1 to 63 lower case letters, digits, {@code .} and {@code -},
   * beginning and ending with a letter or a digit.
   */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** What is wrong with a name that {@link #isName} refuses, for a person. */
  public static String mustBeName(String name) {
    return "'"
        + name
        + "' is not 1 to 63 lower case letters, digits, '.' or '-', beginning and ending with one of"
        + " the first two";
  }

  /** The pool of a collection. */
  public static String of(CollectionDefinition definition) {
    return orShared(definition.getPool());
  }

  /** The pool of a storage or journal node. */
  public static String of(NodeRegistration node) {
    return orShared(node.getPool());
  }

  /** As records and registrations hold it: the shared pool has no name there. */
  public static String stored(String pool) {
    return pool.equals(SHARED) ? "" : pool;
  }

  /** The pool that a record or a registration names. */
  public static String orShared(String stored) {
    return stored.isEmpty() ? SHARED : stored;
  }
}
