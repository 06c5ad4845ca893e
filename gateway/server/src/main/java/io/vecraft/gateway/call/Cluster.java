package io.vecraft.gateway.call;

import io.vecraft.gateway.auth.Action;
import io.vecraft.gateway.write.Lineage;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.List;
import java.util.Optional;

/** The cluster as a whole, for REST and gRPC alike. Calls block. Safe for concurrent use. */
public final class Cluster {
  private final Lineage lineage;
  private final List<? extends StorageNodeView> nodes;
  private final StampClock clock;

  public Cluster(Lineage lineage, List<? extends StorageNodeView> nodes, StampClock clock) {
    this.lineage = lineage;
    this.nodes = nodes;
    this.clock = clock;
  }

  /**
   * What there is.
   *
   * @param version of the program
   * @param clock the largest stamp known to be adopted
   * @param journal partitions and the clock group
   * @param nodes storage nodes
   */
  public record Description(String version, long clock, StatusResponse journal, List<Node> nodes) {}

  /** One storage node. */
  public record Node(String name, long catalogStamp, List<Replica> replicas) {}

  /**
   * One replica of a shard.
   *
   * @param lagMs milliseconds from its frontier to the largest stamp that it knows of
   */
  public record Replica(
      long collectionId,
      String collection,
      int shard,
      long frontier,
      long knownStamp,
      long lagMs,
      long records) {}

  public Description describe(Call call) {
    call.principal().require(Action.READ);
    return new Description(
        version(), clock.latest(), lineage.status(), nodes.stream().map(Cluster::node).toList());
  }

  private static Node node(StorageNodeView node) {
    var catalog = node.catalog();
    return new Node(
        node.name(),
        catalog.stamp(),
        node.readers().stream()
            .map(reader ->
                replica(
                    reader,
                    catalog
                        .collection(reader.shard().collectionId())
                        .map(c -> c.getDefinition().getName())
                        .orElse("")))
            .toList());
  }

  private static Replica replica(ShardReader reader, String collection) {
    long frontier = reader.frontier();
    long known = Math.max(frontier, reader.knownStamp());
    return new Replica(
        reader.shard().collectionId(),
        collection,
        reader.shard().shard(),
        frontier,
        known,
        Stamp.millis(known) - Stamp.millis(frontier),
        reader.stats().records());
  }

  /** Version of the program; {@code development} when it does not run from its jar. */
  public static String version() {
    return Optional.ofNullable(Cluster.class.getPackage().getImplementationVersion())
        .orElse("development");
  }
}
