package io.vecraft.control;

import io.vecraft.journal.client.Closing;
import io.vecraft.journal.meta.EtcdMetaStore;
import io.vecraft.journal.meta.EtcdSettings;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.rpc.InternalTls;
import io.vecraft.journal.time.MachineTime;
import java.util.Optional;

/**
 * {@link Control} of a cluster in a process that is none of the cluster's, and that may control
 * several: it has connections of its own, no port, and is not registered with the cluster. Safe for
 * concurrent use.
 */
public final class HostedControl implements AutoCloseable {
  private final Control control;
  private final Closing parts;

  private HostedControl(Control control, Closing parts) {
    this.control = control;
    this.parts = parts;
  }

  /**
   * How a cluster is reached.
   *
   * @param name of the process, which the cluster knows who leads by
   * @param cluster what the cluster is called in log lines
   * @param etcd its metadata store
   * @param tls what its other processes are shown
   */
  public record Access(String name, String cluster, EtcdSettings etcd, InternalTls.Files tls) {}

  /**
   * Starts it; returns once it stands for election. Waits until the cluster is there, and ends with
   * an exception when it is interrupted meanwhile.
   */
  public static HostedControl start(Access access, Control.Settings settings) {
    var parts = new Closing();
    try {
      var meta = parts.add(EtcdMetaStore.open(access.etcd()));
      var tls = parts.add(InternalTls.load(access.tls()));
      var channels = parts.add(new InternalChannels(Optional.of(tls)));
      var around =
          new Surroundings(
              access.name(), meta, channels, MachineTime.SYSTEM, Optional.of(access.cluster()));
      return new HostedControl(parts.add(Control.start(around, settings)), parts);
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  /** Whether the metadata store answers; without it nobody can lead. */
  public boolean isAnswered() {
    return control.isAnswered();
  }

  /** Whether this one was elected. */
  public boolean leads() {
    return control.leads();
  }

  /** What it counts. */
  public ControlFigures figures() {
    return control.figures();
  }

  /** Ends the pass under way, gives leadership back, closes the connections. Idempotent. */
  @Override
  public void close() {
    parts.close();
  }
}
