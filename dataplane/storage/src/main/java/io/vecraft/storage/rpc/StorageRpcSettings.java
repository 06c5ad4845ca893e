package io.vecraft.storage.rpc;

import java.time.Duration;

/**
 * Settings of a storage node's service.
 *
 * @param watchInterval how often watchers are told what has changed, at most
 * @param heartbeat how long a watcher hears nothing at most, unless it asks for less
 * @param pinLease how long a pin lasts without being renewed
 * @param longest deadline of a call that brings none
 * @param callsMax calls at one time; those above it get {@code back_pressure}
 * @param watchersMax watchers at one time
 * @param scrollMax most records of one scroll or get
 */
public record StorageRpcSettings(
    Duration watchInterval,
    Duration heartbeat,
    Duration pinLease,
    Duration longest,
    int callsMax,
    int watchersMax,
    int scrollMax) {
  /**
   * Told every 5 ms, a heartbeat each 250 ms, pins for a minute, calls for 30 s, 4,096 of them, 256
   * watchers, 100,000 records.
   */
  public static StorageRpcSettings defaults() {
    return new StorageRpcSettings(
        Duration.ofMillis(5),
        Duration.ofMillis(250),
        Duration.ofMinutes(1),
        Duration.ofSeconds(30),
        4_096,
        256,
        100_000);
  }
}
