package io.vecraft.journal.catalog;

import io.vecraft.proto.journal.CollectionDefinition;
import io.vecraft.proto.journal.NodeRegistration;
import java.util.regex.Pattern;

/**
 * A pool: storage nodes that have replicas of the collections of the same pool, and of no others. A
 * node is in one pool, a collection too; who says nothing is in {@link #SHARED}.
 */
public final class StoragePool {
  /** The pool of nodes and collections that name none. */
  public static final String SHARED = "shared";

  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?");

  private StoragePool() {}

  /**
   * Whether a pool can have that name: 1 to 63 lower case letters, digits, {@code .} and {@code -},
   * beginning and ending with a letter or a digit.
   */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** The pool of a collection. */
  public static String of(CollectionDefinition definition) {
    return orShared(definition.getPool());
  }

  /** The pool of a storage node. */
  public static String of(NodeRegistration node) {
    return orShared(node.getPool());
  }

  /** As records and registrations hold it: the shared pool has no name there. */
  public static String stored(String pool) {
    return pool.equals(SHARED) ? "" : pool;
  }

  private static String orShared(String stored) {
    return stored.isEmpty() ? SHARED : stored;
  }
}
