package io.vecraft.control;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.meta.placement.ObservedNode;
import io.vecraft.journal.meta.placement.ObservedNode.ObservedReplica;
import io.vecraft.journal.meta.placement.ObservedNode.Presence;
import io.vecraft.journal.meta.placement.PlacedShard;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.proto.storage.PlacementServiceGrpc;
import io.vecraft.proto.storage.ReplicaReport;
import io.vecraft.proto.storage.ReportRequest;
import io.vecraft.proto.storage.ReportResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the storage nodes say of their replicas, and which of the nodes are there.
 *
 * <p>A node is there when it answers. One that does not is away; it is gone once it has neither
 * answered nor been registered for the grace period, as far as this process has seen: a process
 * that has just begun to look gives every node the whole period, and so does a registration that
 * was lost with the metadata store.
 *
 * <p>A replica has caught up when its frontier is within {@link #BEHIND_MILLIS} of the quorum
 * clock, or of the furthest replica that serves, whichever is less. For one thread, but for {@link
 * #registered}.
 */
final class StorageObserver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StorageObserver.class);
  private static final long BEHIND_MILLIS = 2_000;
  private static final long ANSWER_SECONDS = 2;

  private final Surroundings around;
  private final QuorumClock clock;
  private final Duration grace;
  private final AutoCloseable mirror;
  private volatile Map<String, NodeRegistration> registered = Map.of();

  /** The newest registration of each node that was ever seen. */
  private final Map<String, NodeRegistration> known = new TreeMap<>();

  /** When a node was last there, or first missed. */
  private final Map<String, Long> seenNanos = new HashMap<>();

  private StorageObserver(Surroundings around, QuorumClock clock, Duration grace) {
    this.around = around;
    this.clock = clock;
    this.grace = grace;
    this.mirror = around.registry().follow("storage", this::registered);
  }

  static StorageObserver follow(Surroundings around, QuorumClock clock, Duration grace) {
    return new StorageObserver(around, clock, grace);
  }

  private void registered(List<NodeRegistration> nodes) {
    Map<String, NodeRegistration> now = new TreeMap<>();
    nodes.forEach(n -> now.put(n.getName(), n));
    registered = now;
  }

  /** Forgets who was missed when: what comes next begins with whole periods of grace. */
  void reset() {
    seenNanos.clear();
  }

  /**
   * Asks every storage node that is registered, was seen, or is in the catalog's maps.
   *
   * @throws VecraftException {@code unavailable} when the clock group does not answer
   */
  List<ObservedNode> observe(Catalog catalog) throws InterruptedException {
    long now = quorumMillis();
    Map<String, NodeRegistration> here = registered;
    known.putAll(here);
    var names = new TreeSet<>(known.keySet());
    catalog
        .collections()
        .forEach(c ->
            c.getPlacementsList()
                .forEach(p -> p.getReplicasList().forEach(r -> names.add(r.getNode()))));
    Map<String, ReportResponse> reports = ask();
    Map<PlacedShard, Long> furthest = furthest(reports);
    var observed = new ArrayList<ObservedNode>();
    for (String name : names) {
      Optional<ReportResponse> report = Optional.ofNullable(reports.get(name));
      Optional<NodeRegistration> registration = Optional.ofNullable(known.get(name));
      observed.add(
          new ObservedNode(
              name,
              registration.map(NodeRegistration::getZone).orElse(""),
              registration.map(NodePool::of),
              presence(name, report.isPresent(), here.containsKey(name)),
              report.map(r -> replicas(r, now, furthest)).orElse(Map.of())));
    }
    forget(catalog, observed);
    return observed;
  }

  /** Names that nothing refers to any more are not remembered. */
  private void forget(Catalog catalog, List<ObservedNode> observed) {
    var placed = new TreeSet<String>();
    catalog
        .collections()
        .forEach(c ->
            c.getPlacementsList()
                .forEach(p -> p.getReplicasList().forEach(r -> placed.add(r.getNode()))));
    for (ObservedNode one : observed) {
      if (one.presence() == Presence.GONE && !placed.contains(one.name())) {
        known.remove(one.name());
        seenNanos.remove(one.name());
      }
    }
  }

  private Presence presence(String name, boolean answered, boolean isRegistered) {
    long now = System.nanoTime();
    if (answered || isRegistered) {
      seenNanos.put(name, now);
      return answered ? Presence.HERE : Presence.AWAY;
    }
    long since = seenNanos.computeIfAbsent(name, n -> now);
    return now - since >= grace.toNanos() ? Presence.GONE : Presence.AWAY;
  }

  private long quorumMillis() throws InterruptedException {
    try {
      return Stamp.millis(clock.ask().get(ANSWER_SECONDS, TimeUnit.SECONDS));
    } catch (TimeoutException | ExecutionException e) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the clock group does not answer: " + e);
    }
  }

  private Map<String, ReportResponse> ask() throws InterruptedException {
    Map<String, FutureTask<ReportResponse>> asked = new TreeMap<>();
    known.forEach((name, registration) -> {
      var task = new FutureTask<>(() -> ask(registration));
      asked.put(name, task);
      Thread.ofVirtual().name("report-" + name).start(task);
    });
    Map<String, ReportResponse> reports = new HashMap<>();
    for (Map.Entry<String, FutureTask<ReportResponse>> one : asked.entrySet()) {
      try {
        ReportResponse report = one.getValue().get();
        if (report.getNode().equals(one.getKey())) {
          reports.put(one.getKey(), report);
        } else {
          LOG.warn("at the address of {} is {}", one.getKey(), report.getNode());
        }
      } catch (ExecutionException e) {
        LOG.debug("{} does not answer: {}", one.getKey(), String.valueOf(e.getCause()));
      }
    }
    return reports;
  }

  private ReportResponse ask(NodeRegistration registration) {
    return PlacementServiceGrpc.newBlockingStub(
            around.channels().to(HostAndPort.of(registration.getAddress())))
        .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
        .report(ReportRequest.getDefaultInstance());
  }

  private static PlacedShard shard(ReplicaReport replica) {
    return new PlacedShard(replica.getShard().getCollectionId(), replica.getShard().getShard());
  }

  /** The furthest frontier of each shard's replicas that serve, milliseconds. */
  private static Map<PlacedShard, Long> furthest(Map<String, ReportResponse> reports) {
    Map<PlacedShard, Long> furthest = new HashMap<>();
    for (ReportResponse report : reports.values()) {
      for (ReplicaReport replica : report.getReplicasList()) {
        if (replica.getServes() && !replica.hasDamage()) {
          furthest.merge(shard(replica), Stamp.millis(replica.getFrontier()), Math::max);
        }
      }
    }
    return furthest;
  }

  private static Map<PlacedShard, ObservedReplica> replicas(
      ReportResponse report, long nowMillis, Map<PlacedShard, Long> furthest) {
    Map<PlacedShard, ObservedReplica> replicas = new HashMap<>();
    for (ReplicaReport replica : report.getReplicasList()) {
      PlacedShard shard = shard(replica);
      long goal = Math.min(nowMillis, furthest.getOrDefault(shard, nowMillis));
      boolean near = Stamp.millis(replica.getFrontier()) >= goal - BEHIND_MILLIS;
      replicas.put(shard, new ObservedReplica(replica.getServes(), near && !replica.hasDamage()));
    }
    return replicas;
  }

  @Override
  public void close() throws Exception {
    mirror.close();
  }
}
