package io.vecraft.gateway.call;

import io.vecraft.gateway.auth.Action;
import io.vecraft.gateway.write.Lineage;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.time.ClockReading;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** The cluster as a whole, for REST and gRPC alike. Calls block. Safe for concurrent use. */
public final class Cluster {
  /** What the process that answers does. */
  public static final List<String> ROLES =
      List.of("gateway", "query", "storage", "journal", "meta");

  /** A member that is slower than this is left out of the description. */
  private static final long READING_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Lineage lineage;
  private final Supplier<? extends List<? extends StorageNodeView>> nodes;
  private final StampClock clock;
  private final Supplier<Catalog> catalog;

  public Cluster(
      Lineage lineage,
      Supplier<? extends List<? extends StorageNodeView>> nodes,
      StampClock clock,
      Supplier<Catalog> catalog) {
    this.lineage = lineage;
    this.nodes = nodes;
    this.clock = clock;
    this.catalog = catalog;
  }

  /**
   * What there is.
   *
   * @param version of the program
   * @param clock the quorum clock
   * @param journal partitions
   * @param nodes storage nodes
   * @param leaving nodes that are to leave
   */
  public record Description(
      String version,
      ClockGroup clock,
      StatusResponse journal,
      List<Node> nodes,
      List<Nodes.Leaving> leaving) {}

  /**
   * The quorum clock.
   *
   * @param latest the largest stamp known to be adopted
   * @param epoch of the group
   * @param members those that answer
   */
  public record ClockGroup(long latest, long epoch, List<Member> members) {}

  /**
   * A member of the clock group.
   *
   * @param offsetMs how far its machine's time is from the lower median of all
   */
  public record Member(String name, long value, long machineMs, long offsetMs) {}

  /** One storage node; {@code version} is that of the program it runs. */
  public record Node(
      String name, String version, List<String> roles, long catalogStamp, List<Replica> replicas) {}

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
    StatusResponse journal = lineage.status();
    return new Description(
        version(),
        clockGroup(call),
        journal,
        nodes.get().stream().map(Cluster::node).toList(),
        Nodes.leaving(catalog.get(), journal.getPartitionsList()));
  }

  private ClockGroup clockGroup(Call call) {
    List<ClockReading> readings;
    try {
      long wait = Math.min(call.deadline().remainingNanos(), READING_NANOS);
      readings = clock.readings().get(Math.max(0, wait), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      readings = List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      readings = List.of();
    }
    long[] times = readings.stream().mapToLong(ClockReading::machineMillis).sorted().toArray();
    long median = times.length == 0 ? 0 : times[(times.length - 1) / 2];
    return new ClockGroup(
        clock.latest(),
        readings.stream().mapToLong(ClockReading::epoch).max().orElse(0),
        readings.stream()
            .map(r ->
                new Member(r.member(), r.value(), r.machineMillis(), r.machineMillis() - median))
            .toList());
  }

  private static Node node(StorageNodeView node) {
    var catalog = node.catalog();
    return new Node(
        node.name(),
        version(),
        List.of("storage"),
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
