package io.vecraft.storage.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.server.FileClockBound;
import io.vecraft.journal.server.JournalConfig;
import io.vecraft.journal.server.JournalServer;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.QuorumClock;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.storage.replay.JournalNews.Told;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalNewsTest {
  private static final int PARTITION = Partitions.FIRST_DATA;

  @TempDir Path directory;

  @Test
  void closedStampsAreToldToThoseWhoWait() throws InterruptedException {
    try (FileClockBound bound = FileClockBound.open(directory)) {
      QuorumClock clock = QuorumClock.single(bound, MachineTime.SYSTEM);
      JournalConfig config = JournalConfig.defaults(directory).withPartitions(new Partitions(2));
      try (JournalServer journal = JournalServer.open(config, clock);
          JournalNews news = new JournalNews(journal);
          JournalNews.Reader reader = news.reader(List.of(PARTITION))) {
        assertThat(reader.await(Duration.ofMillis(1))).isFalse();
        reader.start();
        assertThat(reader.await(Duration.ofMillis(1))).isTrue();

        long stamp = clock.ask().join();
        clock.store(stamp).join();
        journal
            .getOffset(
                GetOffsetRequest.newBuilder()
                    .setPartition(PARTITION)
                    .setCloseAtLeast(stamp)
                    .build())
            .join();

        await("the tail tells").until(() -> news.closedBelow(PARTITION, 1) >= stamp);
        assertThat(reader.await(Duration.ofMinutes(1))).isTrue();
        assertThat(news.has(PARTITION, 1)).isFalse();
        assertThat(news.closedBelow(PARTITION + 1, 1)).isZero();
      }
    }
  }

  @Test
  void aClosedStampHoldsForWhoHasTheRecordsBelowIt() {
    Told told = told(5, 6, 100);
    assertThat(told.has(5)).isTrue();
    assertThat(told.has(6)).isFalse();
    assertThat(told.closedBelow(5)).isZero();
    assertThat(told.closedBelow(6)).isEqualTo(100);
    assertThat(told.closedBelow(7)).isEqualTo(100);
  }

  @Test
  void aNodeThatIsBehindTakesNothingBack() {
    Told told = told(9, 10, 200).and(told(5, 6, 100));
    assertThat(told.has(9)).isTrue();
    assertThat(told.closedBelow(6)).isZero();
    assertThat(told.closedBelow(10)).isEqualTo(200);
  }

  @Test
  void aPullThatLeftSomethingTellsOfTheRestAndClosesNoFurtherThanItself() {
    Told told = told(1, 2, 10).and(told(9, 4, 50));
    assertThat(told.has(9)).isTrue();
    assertThat(told.closedBelow(2)).isZero();
    assertThat(told.closedBelow(4)).isEqualTo(50);
  }

  @Test
  void nothingIsKnownOfAPartitionAtFirst() {
    assertThat(Told.NOTHING.has(1)).isFalse();
    assertThat(Told.NOTHING.closedBelow(1)).isZero();
  }

  private static Told told(long last, long next, long closed) {
    return Told.of(
        PullResponse.newBuilder()
            .setLastOffset(last)
            .setNextOffset(next)
            .setClosedStamp(closed)
            .build());
  }
}
