package io.vecraft.e2e.crash;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at random moments. Short by default; {@code -Dvecraft.crash.rounds=200} is the
 * long form, {@code -Dvecraft.crash.seed=N} repeats the plans of a run (not its interleavings).
 */
class KillRoundsTest {
  private static final int ROUNDS = 10;
  private static final int DIRECTORIES = 2;
  private static final int DIRECTORIES_OF_LONG_FORM = 10;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path root;

  @Test
  void nothingAcknowledgedIsLostAndNothingHappensTwice() throws IOException {
    int rounds = Integer.getInteger("vecraft.crash.rounds", ROUNDS);
    long seed = Long.getLong("vecraft.crash.seed", System.nanoTime());
    int perDirectory = rounds / (rounds > ROUNDS ? DIRECTORIES_OF_LONG_FORM : DIRECTORIES);
    System.out.printf("Kill rounds: %d, -Dvecraft.crash.seed=%d%n", rounds, seed);
    var random = new Random(seed);
    int done = 0;
    while (done < rounds) {
      Path data = root.resolve("data-" + done);
      try (var directory = new KillRounds(data, random.nextLong())) {
        for (int i = 0; i < Math.max(1, perDirectory) && done < rounds; i++, done++) {
          System.out.println(directory.round("round-" + done));
        }
        List<String> complaints = KilledServer.complaints(data);
        complaints.forEach(System.out::println);
        if (complaints.stream().anyMatch(c -> c.startsWith("ERROR"))) {
          throw new AssertionError("the server logged errors");
        }
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError(
            "round %d of seed %d failed; data and log are kept at %s".formatted(done, seed, data),
            e);
      }
    }
    System.out.printf("Kill rounds: all %d as the model says%n", rounds);
  }
}
