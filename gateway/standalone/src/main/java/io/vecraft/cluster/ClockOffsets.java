package io.vecraft.cluster;

import io.vecraft.journal.meta.ClusterRegistry;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.NodeRegistration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the machine clocks of the processes are from this one's, from their registrations: each
 * is written again every few seconds with the time of its machine, and compared with the time here
 * when that is heard. What it took to be heard is part of the figure, milliseconds as a rule. Safe
 * for concurrent use.
 */
final class ClockOffsets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClockOffsets.class);

  private final MachineTime time;
  private final AutoCloseable mirror;
  private final Map<String, Long> writtenMillis = new TreeMap<>(); // of the mirror's thread
  private final Map<String, Long> offsets = new ConcurrentHashMap<>();

  private ClockOffsets(ClusterRegistry registry, MachineTime time) {
    this.time = time;
    this.mirror = registry.follow("", this::registered);
  }

  static ClockOffsets follow(ClusterRegistry registry, MachineTime time) {
    return new ClockOffsets(registry, time);
  }

  private void registered(List<NodeRegistration> nodes) {
    long now = time.millis();
    Map<String, Long> seen = new TreeMap<>();
    for (NodeRegistration node : nodes) {
      seen.put(node.getName(), node.getMachineMs());
      Long before = writtenMillis.get(node.getName());
      // The first one may have been written at any time.
      if (before != null && before != node.getMachineMs()) {
        measured(node.getName(), node.getMachineMs() - now);
      }
    }
    offsets.keySet().retainAll(seen.keySet());
    writtenMillis.clear();
    writtenMillis.putAll(seen);
  }

  private void measured(String node, long offset) {
    Long before = offsets.put(node, offset);
    boolean far = Math.abs(offset) > QuorumClock.MAX_OFFSET_MILLIS;
    boolean wasFar = before != null && Math.abs(before) > QuorumClock.MAX_OFFSET_MILLIS;
    if (far && !wasFar) {
      LOG.warn(
          "the clock of {} is {} ms from the one here, more than {} ms",
          node,
          offset,
          QuorumClock.MAX_OFFSET_MILLIS);
    } else if (wasFar && !far) {
      LOG.info("the clock of {} is {} ms from the one here again", node, offset);
    }
  }

  /** Seconds ahead of this machine, by process. */
  Map<String, Double> seconds() {
    Map<String, Double> seconds = new TreeMap<>();
    offsets.forEach((node, millis) -> seconds.put(node, millis / 1e3));
    return seconds;
  }

  @Override
  public void close() throws Exception {
    mirror.close();
  }
}
