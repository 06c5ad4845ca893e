package io.vecraft.e2e.sim;

import io.vecraft.journal.log.Position;
import io.vecraft.journal.server.BarrierGate;
import io.vecraft.journal.time.ClockGroup;
import io.vecraft.journal.time.ClockGroupChange;
import io.vecraft.journal.time.ClockMember;
import io.vecraft.journal.time.LocalClockMember;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendResult;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * One run of the program on a machine: its member of the clock group, its view of the clock, and
 * the ways into the partitions that it has replicas of. A crash ends it; nothing that it waited for
 * completes afterwards.
 */
final class SimProcess implements SimNetwork.Endpoint {
  private final SimWorld world;
  private final SimMachine machine;
  private final LocalClockMember member;
  private final QuorumClock clock;
  private final MutantClock mutant;
  private final TreeMap<Integer, Way> ways = new TreeMap<>();
  private boolean alive = true;

  private static final long PAUSE_TICKS = 20;

  /** Where a partition is written to and closed. */
  record Way(WritePath writes, BarrierGate barrier, SimReplica replica) {}

  /** The way of an append to its acknowledgement. */
  @FunctionalInterface
  interface WritePath {
    CompletableFuture<AppendResult> append(Append append);
  }

  SimProcess(SimWorld world, SimMachine machine) {
    this.world = world;
    this.machine = machine;
    this.member =
        new LocalClockMember(machine.name(), machine.bound(), machine, task -> later(task));
    this.clock =
        new QuorumClock(
            group(world.clockGroups().of(machine.knownEpoch())),
            QuorumClock.MAX_OFFSET,
            apart -> {},
            this::pause);
    this.mutant = new MutantClock(world, machine, clock);
    for (SimPartition partition : world.journal().partitions()) {
      partition
          .replicaOn(machine)
          .ifPresent(replica ->
              ways.put(
                  partition.number(),
                  new Way(
                      MutantPipelines.writePath(world.mistake(), replica, this),
                      new BarrierGate(replica, clock),
                      replica)));
    }
  }

  private CompletableFuture<Void> pause() {
    var over = new CompletableFuture<Void>();
    world
        .loop()
        .after(
            PAUSE_TICKS,
            () -> {
              if (alive) {
                over.complete(null);
              }
            });
    return over;
  }

  private void later(Runnable task) {
    world
        .loop()
        .after(
            world.loop().between(1, 40),
            () -> {
              if (alive) {
                task.run();
              }
            });
  }

  @Override
  public boolean alive() {
    return alive;
  }

  /** Ends it. */
  void crash() {
    alive = false;
  }

  SimMachine machine() {
    return machine;
  }

  LocalClockMember clockMember() {
    return member;
  }

  /** The product's clock. */
  QuorumClock clock() {
    return clock;
  }

  /** The clock as writers use it. */
  StampClock writersClock() {
    return mutant.ofWriters();
  }

  /** The clock as strong readers use it. */
  StampClock readersClock() {
    return mutant.ofReaders();
  }

  /** Learns of a clock group from the SYSTEM log, and carries the change through. */
  void learn(SimClockGroups.Group group) {
    machine.knows(group.epoch());
    if (group.epoch() > 1 && !world.clockGroups().isMistaken()) {
      clock.expect(group(group));
      SimClockGroups.Group before = world.clockGroups().of(group.epoch() - 1);
      world.network().watch(ClockGroupChange.carryThrough(group(before), group(group)));
      return;
    }
    clock.enter(group(group));
    if (group.members().contains(machine)) {
      world.network().watch(member.install(group.epoch(), group.floor()));
    }
  }

  /** The members of a group as this process reaches them: its own without a network. */
  ClockGroup group(SimClockGroups.Group group) {
    List<ClockMember> members =
        group.members().stream()
            .<ClockMember>map(
                m -> m == machine ? member : new SimClockMember(world.network(), this, m))
            .toList();
    return new ClockGroup(group.epoch(), members);
  }

  CompletableFuture<AppendResult> append(int partition, Append append) {
    return way(partition).writes().append(append);
  }

  /** Closes a partition. */
  CompletableFuture<Position> barrier(int partition, long closeAtLeast) {
    Way way = way(partition);
    return switch (world.mistake()) {
      // The gate would store S itself.
      case READ_NOT_STORED, PLAIN_HLC -> way.replica().barrier(closeAtLeast);
      default -> way.barrier().close(closeAtLeast);
    };
  }

  private Way way(int partition) {
    Way way = ways.get(partition);
    if (way == null) {
      throw new IllegalArgumentException(machine.name() + " has no partition " + partition);
    }
    return way;
  }
}
