package io.vecraft.journal.log;

import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.SegmentSettings;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.journal.time.MachineTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract, on real files. */
final class LocalLogTest extends ReplicatedLogContract {
  @TempDir Path directory;
  private LocalLog log;

  @BeforeEach
  void open() {
    var settings =
        new SegmentSettings(
            directory, new UUID(1, 2), 1, PARTITION, 8 << 10, Duration.ofHours(1), false);
    log =
        new LocalLog(
            "local",
            SegmentStore.open(
                settings, SETTINGS, new DiskFiles(), FatalError.HALT, MachineTime.SYSTEM),
            1000,
            FatalError.HALT);
  }

  @Override
  protected ReplicatedLog log() {
    return log;
  }

  @Override
  protected void settle() {}

  @Override
  protected void restart() {
    log.close();
    open();
  }
}
