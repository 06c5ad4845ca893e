package io.vecraft.cluster.local;

/**
 * How many processes of each role, and what each may use.
 *
 * @param journals replicas of each partition, an odd number
 * @param storages storage nodes
 * @param queries query processors
 * @param gateways gateways
 * @param controls control processes, of which one controls; 0 for none
 * @param replicas of a shard whose collection says nothing
 * @param graceSeconds how long a storage node may be away before its replicas are made elsewhere
 * @param dataPartitions DATA partitions of a new cluster
 * @param firstPort public port of the first gateway; the others take the next ones; 0 picks free
 *     ones
 * @param heap of each process, as {@code -Xmx} takes it
 * @param electionTimeoutMs after so long without a leader a partition elects one
 * @param namespaces whether each process gets a network of its own, which can be cut; needs root
 */
public record ClusterShape(
    int journals,
    int storages,
    int queries,
    int gateways,
    int controls,
    int replicas,
    int graceSeconds,
    int dataPartitions,
    int firstPort,
    String heap,
    int electionTimeoutMs,
    boolean namespaces) {
  private static final int MAX = 9;

  public ClusterShape {
    require("journal", journals);
    require("storage", storages);
    require("query", queries);
    require("gateways", gateways);
    if (controls != 0) {
      require("control", controls);
    }
    if (replicas < 1 || graceSeconds < 0) {
      throw new IllegalArgumentException("--replicas is at least 1, --grace-s at least 0");
    }
    if (journals % 2 == 0) {
      throw new IllegalArgumentException("--journal " + journals + " is not an odd number");
    }
  }

  private static void require(String name, int value) {
    if (value < 1 || value > MAX) {
      throw new IllegalArgumentException("--" + name + " " + value + " not in 1.." + MAX);
    }
  }
}
