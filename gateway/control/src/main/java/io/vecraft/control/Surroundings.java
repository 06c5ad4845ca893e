package io.vecraft.control;

import io.vecraft.journal.meta.ClusterRegistry;
import io.vecraft.journal.meta.MetaStore;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.time.MachineTime;
import java.util.Optional;
import org.slf4j.MDC;

/**
 * What control needs of the process that it runs in.
 *
 * @param name of the process
 * @param meta the metadata store of the cluster
 * @param channels to the other processes of the cluster
 * @param time the machine's clock
 * @param cluster what the cluster is called in log lines, by a process that controls several
 */
public record Surroundings(
    String name,
    MetaStore meta,
    InternalChannels channels,
    MachineTime time,
    Optional<String> cluster) {
  private static final String MARK = "cluster";

  ClusterRegistry registry() {
    return new ClusterRegistry(meta);
  }

  /** A thread whose log lines have the cluster's name, where there may be several. */
  Thread thread(String purpose, Runnable body) {
    return Thread.ofVirtual()
        .name(purpose)
        .unstarted(() -> {
          cluster.ifPresent(name -> MDC.put(MARK, name));
          body.run();
        });
  }
}
