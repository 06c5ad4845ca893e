package io.vecraft.control;

import io.vecraft.journal.meta.ClusterRegistry;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.proto.journal.NodeRegistration;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the machine clocks of the processes are from this one's, from their registrations: each
 * is written again every few seconds with the time of its machine, and compared with the time here
 * when that is heard. What it took to be heard is part of the figure, milliseconds as a rule; one
 * that is heard late, because this process was held up, is no measure of a clock, so that decisions
 * are made by two measurements in a row that agree. Safe for concurrent use.
 */
final class ClockOffsets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClockOffsets.class);
  private static final String JOURNAL = "journal";

  private final MachineTime time;
  private final long maxMillis;
  private final AutoCloseable mirror;
  private final Map<Process, Long> writtenMillis = new HashMap<>(); // of the mirror's thread
  private final Map<Process, Offset> offsets = new ConcurrentHashMap<>();

  private record Process(String role, String name) {}

  /**
   * Milliseconds ahead of this machine.
   *
   * @param confirmed whether the measurement before said the same, roughly
   */
  private record Offset(long millis, boolean confirmed) {
    private boolean isAbove(long most) {
      return Math.abs(millis) > most;
    }
  }

  private ClockOffsets(ClusterRegistry registry, MachineTime time, Duration max) {
    this.time = time;
    this.maxMillis = max.toMillis();
    this.mirror = registry.follow("", this::registered);
  }

  /**
   * Measures until closed.
   *
   * @param max above which a clock is warned of
   */
  static ClockOffsets follow(ClusterRegistry registry, MachineTime time, Duration max) {
    return new ClockOffsets(registry, time, max);
  }

  private void registered(List<NodeRegistration> nodes) {
    long now = time.millis();
    Map<Process, Long> seen = new HashMap<>();
    for (NodeRegistration node : nodes) {
      var process = new Process(node.getRole(), node.getName());
      seen.put(process, node.getMachineMs());
      Long before = writtenMillis.get(process);
      // The first one may have been written at any time.
      if (before != null && before != node.getMachineMs()) {
        measured(process, node.getMachineMs() - now);
      }
    }
    offsets.keySet().retainAll(seen.keySet());
    writtenMillis.clear();
    writtenMillis.putAll(seen);
  }

  private void measured(Process process, long millis) {
    Offset before = offsets.get(process);
    boolean same = before != null && Math.abs(before.millis - millis) <= maxMillis;
    var offset = new Offset(millis, same);
    offsets.put(process, offset);
    boolean wasFar = before != null && before.isAbove(maxMillis);
    boolean isFar = offset.isAbove(maxMillis);
    if (isFar && !wasFar) {
      LOG.warn(
          "the clock of {} is {} ms from the one here, more than {} ms",
          process.name,
          millis,
          maxMillis);
    } else if (wasFar && !isFar) {
      LOG.info("the clock of {} is {} ms from the one here again", process.name, millis);
    }
  }

  /** Seconds ahead of this machine, by process; the largest of those that share a name. */
  Map<String, Double> seconds() {
    Map<String, Double> seconds = new TreeMap<>();
    offsets.forEach((process, offset) ->
        seconds.merge(
            process.name, offset.millis / 1e3, (a, b) -> Math.abs(a) > Math.abs(b) ? a : b));
    return seconds;
  }

  /** Milliseconds ahead of this machine, by name of the journal node, as far as confirmed. */
  Map<String, Long> ofJournal() {
    Map<String, Long> millis = new TreeMap<>();
    offsets.forEach((process, offset) -> {
      if (process.role.equals(JOURNAL) && offset.confirmed) {
        millis.put(process.name, offset.millis);
      }
    });
    return millis;
  }

  @Override
  public void close() throws Exception {
    mirror.close();
  }
}
