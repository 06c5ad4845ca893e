package io.vecraft.journal.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteMetaStoreTest extends MetaStoreContract {
  @TempDir Path dir;

  @Override
  MetaStore open() {
    return SqliteMetaStore.open(dir.resolve("meta.db"));
  }

  @Test
  void saysWhenTheEventsOfAWatchAreNoLongerKept() {
    try (var store = open()) {
      for (int i = 0; i < SqliteMetaStore.EVENTS_KEPT + 2; i++) {
        store.put("k", bytes("" + i));
      }
      var late = new Recorder();
      store.watch("k", 0, late);
      assertThat(late.lost).hasSize(1);
      var inTime = new Recorder();
      store.watch("k", store.revision(), inTime);
      assertThat(inTime.lost).isEmpty();
    }
  }

  @Test
  void aLeaseLastsAsLongAsItIsKeptAlive() {
    var now = new AtomicLong();
    try (var store = SqliteMetaStore.open(dir.resolve("meta.db"), now::get)) {
      var lease = store.grant(Duration.ofSeconds(3));
      store.transact(Transaction.builder().put("node/1", bytes("up"), lease).build());
      now.addAndGet(Duration.ofSeconds(2).toNanos());
      assertThat(lease.keepAlive()).isTrue();
      now.addAndGet(Duration.ofSeconds(2).toNanos());
      assertThat(store.get("node/1")).isPresent();
      now.addAndGet(Duration.ofSeconds(2).toNanos());
      assertThat(store.get("node/1")).isEmpty();
      assertThat(lease.keepAlive()).isFalse();
    }
  }

  @Test
  void forgetsKeysOfLeasesOfAnEarlierProcess() {
    try (var store = open()) {
      store.transact(
          Transaction.builder()
              .put("node/1", bytes("up"), store.grant(Duration.ofHours(1)))
              .build());
    }
    try (var store = open()) {
      assertThat(store.get("node/1")).isEmpty();
    }
  }

  @Test
  void refusesAFileThatIsNotAStore() throws IOException {
    Path file = dir.resolve("meta.db");
    Files.writeString(file, "no database ".repeat(1000));
    assertThatThrownBy(() -> SqliteMetaStore.open(file)).isInstanceOf(MetaStoreException.class);
  }
}
