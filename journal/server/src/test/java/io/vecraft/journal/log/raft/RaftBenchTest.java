package io.vecraft.journal.log.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The measurement runs; what it measures is not judged here. */
final class RaftBenchTest {
  @TempDir Path directory;

  @Test
  void bothWaysAcknowledge() throws IOException {
    long ms = Long.getLong("vecraft.bench.ms", 400);
    RaftBench.Result result =
        RaftBench.run(
            directory,
            Integer.getInteger("vecraft.bench.bytes", 512),
            Integer.getInteger("vecraft.bench.batch", 64),
            Integer.getInteger("vecraft.bench.window", 4),
            Duration.ofMillis(ms),
            1);
    System.out.println(result);
    assertThat(result.journal()).isPositive();
    assertThat(result.ratis()).isPositive();
  }
}
