package io.vecraft.cluster;

import io.grpc.BindableService;
import io.vecraft.control.Surroundings;
import io.vecraft.gateway.call.Cluster;
import io.vecraft.gateway.call.Health;
import io.vecraft.gateway.metrics.Metrics;
import io.vecraft.journal.client.Attempts;
import io.vecraft.journal.client.Closing;
import io.vecraft.journal.meta.ClusterRegistry;
import io.vecraft.journal.meta.EtcdMetaStore;
import io.vecraft.journal.meta.MetaStore;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.journal.rpc.InternalTls;
import io.vecraft.journal.rpc.Tracing;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.standalone.Telemetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the processes of all roles have: the metadata store, channels to the others, the internal
 * port, health and metrics, and the registration.
 *
 * <p>Closing it first makes it not ready and takes its registration back, so that nobody who looks
 * comes any more; then its parts end, each letting what it has begun come to an end; health and
 * metrics are told until the last.
 */
final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  /** How long a registration outlives its process. */
  private static final Duration LEASE = Duration.ofSeconds(10);

  private final String role;
  private final NodeSettings settings;
  private final Tracing tracing;
  private final Closing ops = new Closing();
  private final Closing parts = new Closing();
  private final MetaStore meta;
  private final ClusterRegistry registry;
  private final Optional<InternalTls> tls;
  private final InternalChannels channels;
  private final Metrics metrics = new Metrics();
  private final MachineTime time;
  private final long startedMillis = System.currentTimeMillis();
  private volatile boolean closing;

  private Node(String role, NodeSettings settings) {
    this.role = role;
    this.settings = settings;
    this.tracing = parts.add(Telemetry.ofEnvironment(role, settings.name())).tracing();
    this.time = settings.time();
    metrics.gauge(
        "vecraft_machine_time_seconds",
        "The machine's clock as this process takes it, since the epoch",
        () -> time.millis() / 1e3);
    this.meta = parts.add(EtcdMetaStore.open(settings.etcd()));
    this.registry = new ClusterRegistry(meta);
    this.tls = settings.tls().map(files -> parts.add(InternalTls.load(files)));
    this.channels = parts.add(new InternalChannels(tls, tracing));
  }

  /** What a process of the role needs. */
  static Node open(String role, NodeSettings settings) {
    return new Node(role, settings);
  }

  NodeSettings settings() {
    return settings;
  }

  MetaStore meta() {
    return meta;
  }

  ClusterRegistry registry() {
    return registry;
  }

  InternalChannels channels() {
    return channels;
  }

  Metrics metrics() {
    return metrics;
  }

  Tracing tracing() {
    return tracing;
  }

  /** The clock of the machine. */
  MachineTime time() {
    return time;
  }

  /** A part that is closed with the node, before what was opened earlier. */
  <T extends AutoCloseable> T add(T part) {
    return parts.add(part);
  }

  /** Opens the internal port. */
  InternalServer serve(List<BindableService> services) {
    return add(
        InternalServer.start(settings.listen(), tls, settings.plaintext(), tracing, services));
  }

  /** Serves health and metrics, where that is wanted. */
  void serveOps(List<Health.Check> readiness, OpsServer.Page... pages) {
    settings
        .ops()
        .ifPresent(listen -> {
          var all = new ArrayList<>(readiness);
          all.add(staying());
          OpsServer server =
              ops.add(OpsServer.start(listen, new Health(all), metrics, List.of(pages)));
          LOG.info("health and metrics at {}", listen.withPort(server.port()));
        });
  }

  /** A process that is to end takes nothing new. */
  Health.Check staying() {
    return new Health.Check(
        "process", () -> closing ? Optional.of("the process is ending") : Optional.empty());
  }

  /** Tells the others of this process until the node is closed. */
  void register(HostAndPort address) {
    register(address, NodeRegistration.newBuilder());
  }

  /**
   * The same, with what else there is to tell.
   *
   * @return takes the registration back earlier, when closed; idempotent
   */
  AutoCloseable register(HostAndPort address, NodeRegistration.Builder more) {
    return add(
        registry.register(
            more.setRole(role)
                .setName(settings.name())
                .setAddress(address.toString())
                .setZone(settings.zone())
                .setVersion(Cluster.version())
                .setStartedMs(startedMillis)
                .build(),
            LEASE,
            time));
  }

  /** The cluster's record; waits until a journal node has made it. */
  ClusterRecord awaitCluster() {
    return Attempts.cluster(registry);
  }

  /** What control needs of it. */
  Surroundings surroundings() {
    return new Surroundings(settings.name(), meta, channels, time, Optional.empty());
  }

  @Override
  public void close() {
    closing = true;
    parts.close();
    ops.close();
  }
}
