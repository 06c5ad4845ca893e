package io.vecraft.journal.time;

/** The clock of the machine. It may be wrong, jump, and go back; no promise is built on it. */
@FunctionalInterface
public interface MachineTime {
  /** The clock of the operating system. */
  MachineTime SYSTEM = System::currentTimeMillis;

  /** Milliseconds since the epoch. */
  long millis();
}
