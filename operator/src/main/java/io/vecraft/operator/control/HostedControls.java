package io.vecraft.operator.control;

import io.vecraft.control.ControlFigures;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The control of the clusters that want it in the operator, each on threads of its own: no call
 * here waits for a cluster. Safe for concurrent use.
 */
public final class HostedControls implements AutoCloseable {
  /** Each has some threads and connections: the operator's memory has an end. */
  static final int CLUSTERS_MAX = 32;

  private static final Duration CLOSE = Duration.ofSeconds(20);

  private final ControlStarter starter;

  /** Guarded by this. */
  private final Map<HostedCluster, Host> hosts = new HashMap<>();

  /** Guarded by this. */
  private boolean closed;

  HostedControls(ControlStarter starter) {
    this.starter = starter;
  }

  /**
   * None yet; deletes what one that was killed has left. For once in a process.
   *
   * @param process its name, which clusters know who leads by
   */
  public static HostedControls in(String process) {
    PrivateFiles.dropLeftovers();
    return new HostedControls(new EngineControl(process));
  }

  /** Knows the resources of clusters. */
  public interface Resources {
    /** Whether it is still there. */
    boolean isThere(HostedCluster cluster);

    /** Its state is another one now; called on any thread. */
    void changed(HostedCluster cluster);
  }

  /**
   * Has a cluster controlled here, or goes on in another way where something else is wanted. Ends
   * by itself when the resource is gone.
   *
   * @return its state, by what is known now
   */
  public synchronized HostState host(HostedCluster cluster, Hosting hosting, Resources resources) {
    forgetEnded();
    Host running = hosts.get(cluster);
    if (running != null) {
      running.want(hosting);
      return running.state();
    }
    if (closed || hosts.size() >= CLUSTERS_MAX) {
      return HostState.refused(CLUSTERS_MAX);
    }
    Host host = Host.start(starter, cluster, hosting, resources);
    hosts.put(cluster, host);
    return host.state();
  }

  /** Ends it where it runs, without waiting for the end. */
  public synchronized void end(HostedCluster cluster) {
    Optional.ofNullable(hosts.remove(cluster)).ifPresent(Host::end);
  }

  /** Whether it runs, or tries to. */
  public synchronized boolean hosts(HostedCluster cluster) {
    return hosts.containsKey(cluster);
  }

  /** What the control of each cluster counts that runs here. */
  Map<HostedCluster, ControlFigures> figures() {
    Map<HostedCluster, Host> all;
    synchronized (this) {
      all = Map.copyOf(hosts);
    }
    var figures = new HashMap<HostedCluster, ControlFigures>();
    all.forEach((cluster, host) -> host.figures().ifPresent(f -> figures.put(cluster, f)));
    return figures;
  }

  private void forgetEnded() {
    hosts.values().removeIf(Host::isOver);
  }

  /** Ends all, and waits for that, though not for ever. */
  @Override
  public void close() {
    List<Host> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(hosts.values());
      hosts.clear();
    }
    all.forEach(Host::end);
    long until = System.nanoTime() + CLOSE.toNanos();
    for (Host host : all) {
      host.awaitEnd(Duration.ofNanos(Math.max(1, until - System.nanoTime())));
    }
  }
}
