package io.vecraft.e2e.cluster;

import static org.awaitility.Awaitility.await;

import io.vecraft.cluster.local.LocalCluster;
import io.vecraft.cluster.local.LocalCluster.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;

/** Something that breaks and is mended again. That it has happened is verified. */
enum Fault {
  /** The process is killed at once and comes back. */
  KILL(Roles.ALL) {
    @Override
    void happen(BreakableCluster cluster, String victim, long amount) throws IOException {
      cluster.processes().signal(victim, Signal.KILL);
      require(!runs(cluster, victim), victim + " was not killed");
    }

    @Override
    void mend(BreakableCluster cluster, String victim) throws IOException {
      cluster.processes().start(victim);
    }
  },

  /** The process stands still and goes on. */
  PAUSE(Roles.ALL) {
    @Override
    void happen(BreakableCluster cluster, String victim, long amount) throws IOException {
      cluster.processes().signal(victim, Signal.STOP);
      // Each thread stops when it is next scheduled.
      await()
          .atMost(BreakableCluster.PATIENCE)
          .until(() -> state(cluster.processes(), victim) == 'T');
    }

    @Override
    void mend(BreakableCluster cluster, String victim) throws IOException {
      cluster.processes().signal(victim, Signal.CONT);
    }
  },

  /** The process is asked to end, ends in order, and comes back. */
  RESTART(Roles.ALL) {
    @Override
    void happen(BreakableCluster cluster, String victim, long amount) throws IOException {
      cluster.processes().stop(victim, BreakableCluster.PATIENCE);
      require(!runs(cluster, victim), victim + " did not end");
    }

    @Override
    void mend(BreakableCluster cluster, String victim) throws IOException {
      KILL.mend(cluster, victim);
    }
  },

  /** Nothing gets from the process to the others nor from them to it. */
  CUT(Roles.ALL) {
    @Override
    void happen(BreakableCluster cluster, String victim, long amount) throws IOException {
      DEAF.happen(cluster, victim, amount);
      MUTE.happen(cluster, victim, amount);
    }

    @Override
    void mend(BreakableCluster cluster, String victim) throws IOException {
      DEAF.mend(cluster, victim);
      MUTE.mend(cluster, victim);
    }
  },

  /** Nothing that the others send gets to the process. */
  DEAF(Roles.ALL) {
    @Override
    void happen(BreakableCluster cluster, String victim, long amount) throws IOException {
      for (String other : cluster.others(victim)) {
        cluster.processes().cut(other, victim);
        require(cluster.processes().isCut(other, victim), other + " still reaches " + victim);
      }
    }

    @Override
    void mend(BreakableCluster cluster, String victim) throws IOException {
      for (String other : cluster.others(victim)) {
        cluster.processes().join(other, victim);
      }
    }
  },

  /** Nothing that the process sends gets to the others. */
  MUTE(Roles.ALL) {
    @Override
    void happen(BreakableCluster cluster, String victim, long amount) throws IOException {
      for (String other : cluster.others(victim)) {
        cluster.processes().cut(victim, other);
        require(cluster.processes().isCut(victim, other), victim + " still reaches " + other);
      }
    }

    @Override
    void mend(BreakableCluster cluster, String victim) throws IOException {
      for (String other : cluster.others(victim)) {
        cluster.processes().join(victim, other);
      }
    }
  },

  /** The clock of its machine is wrong by {@code amount} milliseconds. */
  CLOCK(Roles.OURS) {
    @Override
    void happen(BreakableCluster cluster, String victim, long amount) throws IOException {
      cluster.moveClock(victim, amount);
      await().atMost(BreakableCluster.PATIENCE).until(() -> isMoved(cluster, victim, amount));
    }

    @Override
    void mend(BreakableCluster cluster, String victim) throws IOException {
      cluster.moveClock(victim, 0);
    }
  },

  /** Its disk is full; a process that ended because of it comes back when there is room again. */
  DISK_FULL(Roles.STORING) {
    @Override
    void happen(BreakableCluster cluster, String victim, long amount) throws IOException {
      SmallDisk disk = cluster.disk(victim);
      // Who finds no room may give some back: a log that could not be made, one that is purged.
      await("the disk of " + victim + " is full")
          .atMost(BreakableCluster.PATIENCE)
          .until(() -> {
            disk.fill();
            return disk.isFull();
          });
    }

    @Override
    void mend(BreakableCluster cluster, String victim) throws IOException {
      cluster.disk(victim).free();
      startIfEnded(cluster, victim);
    }

    @Override
    void awaitReady(BreakableCluster cluster, String victim) throws IOException {
      try {
        super.awaitReady(cluster, victim);
      } catch (IOException e) {
        // A write that failed just before there was room again ends it after that.
        if (!startIfEnded(cluster, victim)) {
          throw e;
        }
        super.awaitReady(cluster, victim);
      }
    }

    private boolean startIfEnded(BreakableCluster cluster, String victim) throws IOException {
      if (runs(cluster, victim)) {
        return false;
      }
      System.out.println(victim + " has ended because its disk was full");
      cluster.processes().start(victim);
      return true;
    }
  };

  /** Those that need a network for each process. */
  static final Set<Fault> OF_NETWORKS = Set.of(CUT, DEAF, MUTE);

  /** Those that need a disk for each process. */
  static final Set<Fault> OF_DISKS = Set.of(DISK_FULL);

  private static final long CLOCK_TOLERANCE_MS = 60;

  private final Set<String> roles;

  Fault(Collection<String> roles) {
    this.roles = Set.copyOf(roles);
  }

  /** Whose processes it may happen to. */
  private static final class Roles {
    static final Set<String> STORING = Set.of("journal", "storage");
    static final Set<String> OURS = Set.of("journal", "storage", "query", "gateway", "control");
    static final Set<String> ALL =
        Set.of("journal", "storage", "query", "gateway", "control", "etcd");
  }

  /** Whether it may happen to a process of that role. */
  boolean meets(String role) {
    return roles.contains(role);
  }

  /**
   * Lets it happen.
   *
   * @param amount of what can be more or less
   */
  abstract void happen(BreakableCluster cluster, String victim, long amount) throws IOException;

  /** Mends it; {@link #awaitReady} follows. */
  abstract void mend(BreakableCluster cluster, String victim) throws IOException;

  /** Waits until who was met is ready; after all that happened at a time is mended. */
  void awaitReady(BreakableCluster cluster, String victim) throws IOException {
    cluster.processes().awaitReady(victim, BreakableCluster.PATIENCE);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  private static boolean runs(BreakableCluster cluster, String name) {
    return cluster.processes().process(name).handle().isPresent();
  }

  /** Whether the clock of a process is that far from this one's, by its own word. */
  private static boolean isMoved(BreakableCluster cluster, String name, long amount) {
    long before = System.currentTimeMillis();
    var told = cluster.machineMillis(name);
    long after = System.currentTimeMillis();
    return told.isPresent()
        && told.get() - amount >= before - CLOCK_TOLERANCE_MS
        && told.get() - amount <= after + CLOCK_TOLERANCE_MS;
  }

  /** The kernel's one letter for what the process does. */
  private static char state(LocalCluster cluster, String name) throws IOException {
    long pid = cluster.process(name).pid();
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }
}
