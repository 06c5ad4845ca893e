package io.vecraft.e2e.history;

import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Records what clients see of a running standalone whose replicas lag and stand still at random.
 */
final class HistoryRun {
  private static final int OPERATIONS = 70;
  private static final int SHARDS = 3;

  private final Map<String, PausingGate> gates = new ConcurrentHashMap<>();
  private final Random random;

  private HistoryRun(long seed) {
    this.random = new Random(seed);
  }

  /** Runs all clients to their end; returns the history. */
  static List<Op> record(Path directory, long seed) throws IOException {
    return new HistoryRun(seed).run(directory);
  }

  private List<Op> run(Path directory) throws IOException {
    StandaloneConfig config =
        StandaloneConfig.builder(directory)
            .port(0)
            .replicas(2 + random.nextInt(2))
            .gates(this::gate)
            .build();
    try (Standalone server = Standalone.start(config)) {
      try {
        URI endpoint = URI.create("http://127.0.0.1:" + server.port());
        var workload =
            new HistoryWorkload(
                random.nextLong(), List.of(endpoint), Optional.empty(), OPERATIONS, 0);
        workload.prepare(SHARDS);
        disturbed(workload);
        return workload.history();
      } finally {
        gates.values().forEach(PausingGate::open);
      }
    }
  }

  private PausingGate gate(String node) {
    return gates.computeIfAbsent(
        node, n -> new PausingGate(n.hashCode(), n.endsWith("1") ? 40 : 300));
  }

  private void disturbed(HistoryWorkload workload) {
    var done = new AtomicBoolean();
    var pauses = pauses(done, new Random(random.nextLong()));
    try {
      workload.run();
    } finally {
      done.set(true);
      HistoryWorkload.join(pauses);
    }
  }

  /** Pauses one or all nodes again and again, for a while. */
  private FutureTask<Void> pauses(AtomicBoolean done, Random own) {
    var task =
        new FutureTask<Void>(() -> {
          List<PausingGate> all = List.copyOf(gates.values());
          while (!done.get()) {
            PausingGate one = all.get(own.nextInt(all.size()));
            List<PausingGate> paused = own.nextInt(4) == 0 ? all : List.of(one);
            paused.forEach(g -> g.pause(true));
            LockSupport.parkNanos((5 + own.nextInt(120)) * 1_000_000L);
            paused.forEach(g -> g.pause(false));
            LockSupport.parkNanos((1 + own.nextInt(60)) * 1_000_000L);
          }
          return null;
        });
    Thread.ofVirtual().name("pauses").start(task);
    return task;
  }
}
