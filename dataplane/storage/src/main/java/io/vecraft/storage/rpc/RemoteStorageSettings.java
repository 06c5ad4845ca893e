package io.vecraft.storage.rpc;

import java.time.Duration;

/**
 * Settings of the view of a storage node in another process.
 *
 * @param callTimeout of a call that has no deadline of its own
 * @param heartbeat the node says at least this often that it lives
 * @param silence a node that has said nothing for so long serves no more until it speaks again;
 *     several heartbeats
 * @param reconnectMin first wait before a broken watch is opened again
 * @param reconnectMax longest such wait
 */
public record RemoteStorageSettings(
    Duration callTimeout,
    Duration heartbeat,
    Duration silence,
    Duration reconnectMin,
    Duration reconnectMax) {
  /** Calls 10 s, a heartbeat each 250 ms, silent after 1.5 s, opened again after 20 to 500 ms. */
  public static RemoteStorageSettings defaults() {
    return new RemoteStorageSettings(
        Duration.ofSeconds(10),
        Duration.ofMillis(250),
        Duration.ofMillis(1_500),
        Duration.ofMillis(20),
        Duration.ofMillis(500));
  }
}
