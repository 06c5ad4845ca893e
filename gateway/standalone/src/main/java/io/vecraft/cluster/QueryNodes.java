package io.vecraft.cluster;

import io.grpc.Channel;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.proto.journal.NodeRegistration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The query processors of a cluster as they register; the last known ones while nobody knows. */
final class QueryNodes implements AutoCloseable {
  private final Node node;
  private final AutoCloseable mirror;
  private volatile Map<String, HostAndPort> known = Map.of();

  private QueryNodes(Node node) {
    this.node = node;
    this.mirror = node.registry().follow("query", this::registered);
  }

  static QueryNodes follow(Node node) {
    return new QueryNodes(node);
  }

  private void registered(List<NodeRegistration> nodes) {
    var now = new TreeMap<String, HostAndPort>();
    nodes.forEach(n -> now.put(n.getName(), HostAndPort.of(n.getAddress())));
    // All gone at once is rather the metadata store's trouble than theirs: those that have really
    // gone do not answer.
    if (!now.isEmpty()) {
      known = Map.copyOf(now);
    }
  }

  /** Channels to those known now. */
  List<Channel> now() {
    return known.values().stream().map(node.channels()::to).toList();
  }

  @Override
  public void close() throws Exception {
    mirror.close();
  }
}
