package io.vecraft.e2e.cluster;

import static org.awaitility.Awaitility.await;

import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalCluster.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Something that breaks and is mended again. That it has happened is verified. */
enum Fault {
  /** The process is killed at once and comes back. */
  KILL {
    @Override
    void happen(LocalCluster cluster, String victim) throws IOException {
      cluster.signal(victim, Signal.KILL);
      require(cluster.process(victim).handle().isEmpty(), victim + " was not killed");
    }

    @Override
    void mend(LocalCluster cluster, String victim) throws IOException {
      cluster.start(victim);
    }
  },

  /** The process stands still and goes on. */
  PAUSE {
    @Override
    void happen(LocalCluster cluster, String victim) throws IOException {
      cluster.signal(victim, Signal.STOP);
      // Each thread stops when it is next scheduled.
      await().atMost(PATIENCE).until(() -> state(cluster, victim) == 'T');
    }

    @Override
    void mend(LocalCluster cluster, String victim) throws IOException {
      cluster.signal(victim, Signal.CONT);
    }
  },

  /** The process is asked to end, ends in order, and comes back. */
  RESTART {
    @Override
    void happen(LocalCluster cluster, String victim) throws IOException {
      cluster.stop(victim, PATIENCE);
      require(cluster.process(victim).handle().isEmpty(), victim + " did not end");
    }

    @Override
    void mend(LocalCluster cluster, String victim) throws IOException {
      KILL.mend(cluster, victim);
    }
  };

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  abstract void happen(LocalCluster cluster, String victim) throws IOException;

  /** Mends it; the process gets ready by itself, once what it needs is there. */
  abstract void mend(LocalCluster cluster, String victim) throws IOException;

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  /** The kernel's one letter for what the process does. */
  private static char state(LocalCluster cluster, String name) throws IOException {
    long pid = cluster.process(name).pid();
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }
}
