package io.vecraft.cluster.local;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One process of a local cluster.
 *
 * @param name unique in the cluster
 * @param role {@code etcd} or a role of the program
 * @param command what is run
 * @param log where its output goes
 * @param health URL that answers 200 when it is ready
 * @param host address in its network
 * @param pid 0 when it does not run
 * @param startMillis when it was started, which tells it from another process with the same pid
 */
public record LocalProcess(
    String name,
    String role,
    List<String> command,
    Path log,
    String health,
    String host,
    long pid,
    long startMillis) {
  /** Starts of one process are told within the kernel's clock tick, and a start takes a moment. */
  private static final long SAME_START_MS = 2_000;

  /** The same, started. */
  LocalProcess started(ProcessHandle handle) {
    long at = handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    return new LocalProcess(name, role, command, log, health, host, handle.pid(), at);
  }

  /** The running process, if it runs. */
  public Optional<ProcessHandle> handle() {
    return pid == 0
        ? Optional.empty()
        : ProcessHandle.of(pid)
            .filter(ProcessHandle::isAlive)
            .filter(h ->
                Math.abs(
                        h.info().startInstant().map(Instant::toEpochMilli).orElse(0L) - startMillis)
                    < SAME_START_MS);
  }
}
