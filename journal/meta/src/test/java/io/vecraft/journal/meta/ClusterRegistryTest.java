package io.vecraft.journal.meta;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.JournalGroup;
import io.vecraft.proto.journal.JournalMember;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterRegistryTest {
  @TempDir Path directory;

  private MetaStore store;
  private ClusterRegistry registry;

  @BeforeEach
  void open() {
    store = SqliteMetaStore.open(directory.resolve("meta.db"));
    registry = new ClusterRegistry(store);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void aGenerationIsGivenToOneAloneHoweverOftenThatAsks() {
    assertThat(registry.claimGeneration("j1", "one")).isEqualTo(1);
    assertThat(registry.claimGeneration("j1", "one")).isEqualTo(1);
    assertThat(registry.claimGeneration("j1", "two")).isEqualTo(2);
    assertThat(registry.claimGeneration("j1", "two")).isEqualTo(2);
    assertThat(registry.claimGeneration("j1", "one")).isEqualTo(3);
    assertThat(registry.claimGeneration("j2", "one")).isEqualTo(1);
  }

  @Test
  void aNodeThatWasOnlyMarkedAsStartedHasHadItsFirst() {
    store.put(ClusterRegistry.STARTED + "j1", new byte[] {1});
    assertThat(registry.claimGeneration("j1", "one")).isEqualTo(2);
  }

  private static JournalGroup group(long epoch, String... names) {
    var group = JournalGroup.newBuilder().setEpoch(epoch);
    for (String name : names) {
      group.addMembers(JournalMember.newBuilder().setName(name));
    }
    return group.build();
  }

  private static final ClusterRecord RECORD =
      ClusterRecord.newBuilder()
          .setClusterId("c")
          .setDataPartitions(3)
          .setClockEpoch(1)
          .addAllJournal(group(1, "a", "b").getMembersList())
          .build();

  @Test
  void theRecordFollowsTheJournalsNodesAndNeverGoesBack() {
    registry.establish(RECORD);
    registry.updateJournal(RECORD, group(3, "a", "d"));
    registry.updateJournal(RECORD, group(2, "a", "c"));
    ClusterRecord record = registry.cluster().orElseThrow();
    assertThat(record.getClockEpoch()).isEqualTo(3);
    assertThat(record.getJournalList()).isEqualTo(group(3, "a", "d").getMembersList());
    assertThat(record.getDataPartitions()).isEqualTo(3);
  }

  @Test
  void aRecordThatTheStoreHasLostIsMadeAgain() {
    registry.updateJournal(RECORD, group(2, "a", "c"));
    ClusterRecord record = registry.cluster().orElseThrow();
    assertThat(record.getClusterId()).isEqualTo("c");
    assertThat(record.getClockEpoch()).isEqualTo(2);
    assertThat(record.getJournalList()).isEqualTo(group(2, "a", "c").getMembersList());
    assertThat(registry.establish(RECORD.toBuilder().setClusterId("other").build()))
        .isEqualTo(record);
  }
}
