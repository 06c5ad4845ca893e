package io.vecraft.cluster;

import io.vecraft.journal.meta.EtcdSettings;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalTls;
import io.vecraft.journal.time.MachineTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What every process of a cluster is told.
 *
 * @param name its name, for good: unique in the cluster, letters, digits, {@code .}, {@code _},
 *     {@code -}
 * @param listen where its internal services listen; port 0 picks a free one
 * @param advertised where the others find it, where that is not {@code listen}
 * @param ops where health and metrics are served over HTTP; port 0 picks a free one
 * @param zone what fails together: replicas are spread over zones; may be empty
 * @param etcd the metadata store
 * @param tls certificates of the internal services; required unless they listen on loopback
 * @param plaintext whether plain connections are taken from other machines all the same
 * @param maxClockOffset machine clocks further apart than this are warned of, and a journal node
 *     with such a clock is to lead nothing; {@value #OFFSET_MIN_MS} ms to {@value #OFFSET_MAX_MS}
 *     ms
 * @param clockOffset file that moves the clock, for experiments: {@link MovedClock}
 */
public record NodeSettings(
    String name,
    HostAndPort listen,
    Optional<HostAndPort> advertised,
    Optional<HostAndPort> ops,
    String zone,
    EtcdSettings etcd,
    Optional<InternalTls.Files> tls,
    boolean plaintext,
    Duration maxClockOffset,
    Optional<Path> clockOffset) {
  private static final int OFFSET_MIN_MS = 10;
  private static final int OFFSET_MAX_MS = 60_000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

  public NodeSettings {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "--name '"
              + name
              + "' is not 1 to 63 letters, digits, '.', '_' or '-', beginning with one of the"
              + " first two");
    }
    long offset = maxClockOffset.toMillis();
    if (offset < OFFSET_MIN_MS || offset > OFFSET_MAX_MS) {
      throw new IllegalArgumentException(
          "--max-clock-offset-ms %d is not in %d..%d"
              .formatted(offset, OFFSET_MIN_MS, OFFSET_MAX_MS));
    }
    if (plaintext && tls.isPresent()) {
      throw new IllegalArgumentException(
          "--internal-plaintext and --internal-cert exclude each other");
    }
  }

  /** Whether a node can have that name. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** The clock of the machine as the process takes it. */
  MachineTime time() {
    return clockOffset.<MachineTime>map(MovedClock::new).orElse(MachineTime.SYSTEM);
  }

  /** Where the others find it, given the port that it listens on. */
  HostAndPort advertise(int port) {
    return advertised.orElseGet(() -> listen.withPort(port));
  }
}
