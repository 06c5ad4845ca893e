package io.vecraft.journal.log.raft;

/**
 * A replica as the others reach it.
 *
 * <p>Its id is the node's name, or the name, {@value #GENERATION} and a number: a node that has
 * lost what it had voted for comes back under another id, so that nobody counts it as who it was.
 *
 * @param id of letters, digits, {@code . _ -} and at most one {@value #GENERATION}
 * @param host of its Raft address
 * @param port of its Raft address, 1 to 65535
 */
public record RaftMember(String id, String host, int port) {
  static final char GENERATION = '~';

  /**
   * The id of a node's replicas when it has begun with nothing for the n-th time.
   *
   * @param generation from 1
   */
  public static String idOf(String name, int generation) {
    return generation == 1 ? name : name + GENERATION + generation;
  }

  public RaftMember {
    if (!id.matches("[A-Za-z0-9._-]+(~[0-9]+)?")) {
      throw new IllegalArgumentException("replica id " + id);
    }
    if (host.isEmpty() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("Raft address " + host + ":" + port);
    }
  }

  /** The node's name. */
  public String name() {
    return nameOf(id);
  }

  /** Host and port as one text. */
  public String address() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  /** The name of the node whose replica has that id. */
  public static String nameOf(String id) {
    int end = id.indexOf(GENERATION);
    return end < 0 ? id : id.substring(0, end);
  }

  /** A member from its id and {@link #address()}. */
  public static RaftMember of(String id, String address) {
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, Math.max(0, colon));
    return new RaftMember(
        id,
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        Integer.parseInt(address.substring(colon + 1)));
  }
}
