package io.vecraft.e2e.sim;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.model.ModelLog;
import io.vecraft.journal.log.model.ModelReplica;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.proto.journal.Record;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A partition: the model log with the product's state machine, on three machines. */
final class SimPartition {
  private static final long DEDUP_BYTES = 1 << 16;

  private final int number;
  private final SimLoop loop;
  private final List<SimMachine> machines;
  private final ModelLog log;
  private final List<ModelReplica> replicas;
  private boolean awake;

  SimPartition(int number, Partitions partitions, List<SimMachine> machines, SimLoop loop) {
    this.number = number;
    this.loop = loop;
    this.machines = machines;
    this.log =
        new ModelLog(
            PartitionSettings.of(number, partitions, Duration.ofMinutes(5), DEDUP_BYTES),
            machines.stream().map(SimMachine::name).toList(),
            loop.random());
    this.replicas = log.replicas();
  }

  int number() {
    return number;
  }

  ModelLog log() {
    return log;
  }

  Optional<SimReplica> replicaOn(SimMachine machine) {
    int index = machines.indexOf(machine);
    return index < 0 ? Optional.empty() : Optional.of(new SimReplica(this, replicas.get(index)));
  }

  /** The machine of the leader with the newest term; empty without one. */
  Optional<SimMachine> leader() {
    return replicas.stream()
        .filter(ModelReplica::leads)
        .max(Comparator.comparingLong(ModelReplica::term))
        .map(replica -> machines.get(replicas.indexOf(replica)));
  }

  /** Has the log take its steps until none is left. */
  void wake() {
    if (!awake) {
      awake = true;
      loop.after(loop.between(1, 3), this::step);
    }
  }

  private void step() {
    awake = false;
    if (log.step()) {
      wake();
    }
  }

  void elect(SimMachine candidate) {
    log.elect(replicas.get(machines.indexOf(candidate)));
    wake();
  }

  /** Elects somebody if nobody leads who can commit. */
  void tend() {
    long newest = replicas.stream().mapToLong(ModelReplica::term).max().orElseThrow();
    boolean led = replicas.stream().anyMatch(r -> r.leads() && !r.cutOff() && r.term() == newest);
    if (!led) {
      log.elect(loop.pick(replicas));
    }
    wake();
  }

  /** A replica, leading or not; empty if the one picked is down. */
  Optional<ModelReplica> any() {
    return Optional.of(loop.pick(replicas)).filter(ModelReplica::alive);
  }

  /** All records, once nothing is left to do. */
  List<Record> records() {
    return replicas.stream()
        .map(r -> r.committed().read(1, Integer.MAX_VALUE, Long.MAX_VALUE))
        .max(Comparator.comparingInt(List::size))
        .orElseThrow();
  }
}
