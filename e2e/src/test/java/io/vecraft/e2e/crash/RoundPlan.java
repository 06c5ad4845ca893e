package io.vecraft.e2e.crash;

import java.util.Random;

/**
 * What happens in a round.
 *
 * @param killAfterMs how long the clients work before the process is killed; with {@code
 *     changesCollections} the kill comes that long after a change of the collection
 * @param changesCollections whether a collection is made, changed or dropped, and the kill comes
 *     with or right after that
 * @param terminates whether SIGTERM comes a little before SIGKILL, which so meets the orderly end
 * @param killsDuringStart how many starts are killed before the one that is compared
 * @param killsWhileRetrying whether the process is killed once more while lost requests are retried
 * @param checkpointIntervalMs of the process that is started after the kill
 */
record RoundPlan(
    int killAfterMs,
    boolean changesCollections,
    boolean terminates,
    int killsDuringStart,
    boolean killsWhileRetrying,
    long checkpointIntervalMs) {
  private static final long[] CHECKPOINT_INTERVALS_MS = {5, 20, 100, 400, 60_000};

  static RoundPlan random(Random random) {
    boolean changes = random.nextInt(3) == 0;
    return new RoundPlan(
        changes ? random.nextInt(30) : 20 + random.nextInt(1_200),
        changes,
        random.nextInt(8) == 0,
        random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0,
        random.nextInt(5) == 0,
        checkpointIntervalMs(random));
  }

  static long checkpointIntervalMs(Random random) {
    return CHECKPOINT_INTERVALS_MS[random.nextInt(CHECKPOINT_INTERVALS_MS.length)];
  }
}
