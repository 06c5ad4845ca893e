package io.vecraft.cluster;

import io.vecraft.control.Control;
import io.vecraft.gateway.call.Health;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalServer;
import java.util.List;
import java.util.Optional;

/** The process that does nothing but {@link Control}. */
public final class ControlProcess implements AutoCloseable {
  private final Node node;
  private final HostAndPort address;

  private ControlProcess(Node node, HostAndPort address) {
    this.node = node;
    this.address = address;
  }

  /** Starts it; returns once it stands for election. */
  public static ControlProcess start(NodeSettings common, Control.Settings settings) {
    Node node = Node.open("control", common);
    try {
      return assemble(node, settings);
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static ControlProcess assemble(Node node, Control.Settings settings) {
    Control control = node.add(Control.start(node.surroundings(), settings));
    ControlMetrics.register(node.metrics(), control);
    InternalServer server = node.serve(List.of());
    node.serveOps(
        List.of(answered(control)),
        new OpsServer.Page("/placement", () -> PlacementText.of(control.observed())));
    HostAndPort address = node.settings().advertise(server.port());
    node.register(address);
    return new ControlProcess(node, address);
  }

  /** Without the metadata store nobody can lead. */
  private static Health.Check answered(Control control) {
    return new Health.Check(
        "etcd",
        () ->
            control.isAnswered()
                ? Optional.empty()
                : Optional.of("the metadata store does not answer"));
  }

  /** Where the others find it. */
  public HostAndPort address() {
    return address;
  }

  /** Ends the pass under way, gives leadership back, leaves the cluster. Idempotent. */
  @Override
  public void close() {
    node.close();
  }
}
