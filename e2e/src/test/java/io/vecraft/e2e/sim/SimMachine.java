package io.vecraft.e2e.sim;

import io.vecraft.journal.time.MachineTime;
import java.util.Optional;

/** A machine: its clock, which lies, its disk, and the process that runs on it if one does. */
final class SimMachine implements MachineTime {
  /** Milliseconds of a machine that has it right, at the beginning. */
  static final long BEGINNING_MILLIS = 1_000_000;

  private static final long TICKS_PER_MILLI = 256;

  private final int number;
  private final SimLoop loop;
  private final SimBound bound = new SimBound();
  private long errorMillis;
  private long knownEpoch = 1;
  private Optional<SimProcess> process = Optional.empty();

  SimMachine(int number, SimLoop loop) {
    this.number = number;
    this.loop = loop;
  }

  int number() {
    return number;
  }

  String name() {
    return "m" + number;
  }

  SimBound bound() {
    return bound;
  }

  @Override
  public long millis() {
    return BEGINNING_MILLIS + errorMillis + loop.now() / TICKS_PER_MILLI;
  }

  /** Puts the clock forward or back. */
  void jump(long byMillis) {
    errorMillis += byMillis;
  }

  /** The newest epoch of the clock group that this machine has read of. */
  long knownEpoch() {
    return knownEpoch;
  }

  void knows(long epoch) {
    knownEpoch = Math.max(knownEpoch, epoch);
  }

  /** The process, unless the machine is down. */
  Optional<SimProcess> process() {
    return process;
  }

  void runs(Optional<SimProcess> now) {
    process = now;
  }
}
