package io.vecraft.journal.meta;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteMetaStoreTest {
  @TempDir Path dir;

  @Test
  void keepsEntriesAcrossReopening() {
    try (var store = SqliteMetaStore.open(dir.resolve("meta.db"))) {
      store.put("a/1", bytes("x"));
      store.put("a/1", bytes("y"));
    }
    try (var store = SqliteMetaStore.open(dir.resolve("meta.db"))) {
      var entry = store.get("a/1").orElseThrow();
      assertThat(entry.value()).isEqualTo(bytes("y"));
      assertThat(entry.createRevision()).isEqualTo(1);
      assertThat(entry.revision()).isEqualTo(2);
      assertThat(store.revision()).isEqualTo(2);
    }
  }

  @Test
  void listsByPrefixInOrder() {
    try (var store = SqliteMetaStore.open(dir.resolve("meta.db"))) {
      for (String key : new String[] {"b", "a/2", "a/1", "a", "a/\u00e9"}) {
        store.put(key, bytes(key));
      }
      assertThat(store.list("a/"))
          .extracting(MetaStore.Entry::key)
          .containsExactly("a/1", "a/2", "a/\u00e9");
    }
  }

  @Test
  void appliesATransactionOnlyWhenAllConditionsHold() {
    try (var store = SqliteMetaStore.open(dir.resolve("meta.db"))) {
      assertThat(
              store.transact(Transaction.builder().ifRevision("k", 0).put("k", bytes("1")).build()))
          .isTrue();
      assertThat(
              store.transact(
                  Transaction.builder()
                      .ifRevision("k", 0)
                      .put("k", bytes("2"))
                      .put("l", bytes("2"))
                      .build()))
          .isFalse();
      assertThat(store.get("l")).isEmpty();
      assertThat(store.transact(Transaction.builder().ifRevision("k", 1).delete("k").build()))
          .isTrue();
      assertThat(store.get("k")).isEmpty();
    }
  }

  @Test
  void watchesFromThePastInOrder() {
    try (var store = SqliteMetaStore.open(dir.resolve("meta.db"))) {
      store.put("w/1", bytes("a"));
      store.put("x", bytes("-"));
      var seen = new ArrayList<String>();
      try (var watch = store.watch("w/", 0, e -> seen.add(e.key() + e.revision()))) {
        store.put("w/2", bytes("b"));
        store.transact(Transaction.builder().delete("w/1").build());
        assertThat(watch.compacted()).isFalse();
      }
      store.put("w/3", bytes("c"));
      assertThat(seen).containsExactly("w/11", "w/23", "w/14");
    }
  }

  @Test
  void saysWhenTheEventsOfAWatchAreNoLongerKept() {
    try (var store = SqliteMetaStore.open(dir.resolve("meta.db"))) {
      for (int i = 0; i < SqliteMetaStore.EVENTS_KEPT + 2; i++) {
        store.put("k", bytes("" + i));
      }
      assertThat(store.watch("k", 0, e -> {}).compacted()).isTrue();
      assertThat(store.watch("k", store.revision(), e -> {}).compacted()).isFalse();
    }
  }

  @Test
  void deletesTheKeysOfALeaseThatRanOut() {
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
      assertThatThrownBy(
              () -> store.transact(Transaction.builder().put("node/1", bytes("up"), lease).build()))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void forgetsKeysOfLeasesOfAnEarlierProcess() {
    try (var store = SqliteMetaStore.open(dir.resolve("meta.db"))) {
      store.transact(
          Transaction.builder()
              .put("node/1", bytes("up"), store.grant(Duration.ofHours(1)))
              .build());
    }
    try (var store = SqliteMetaStore.open(dir.resolve("meta.db"))) {
      assertThat(store.get("node/1")).isEmpty();
    }
  }

  @Test
  void refusesAFileThatIsNotAStore() throws IOException {
    Path file = dir.resolve("meta.db");
    Files.writeString(file, "no database ".repeat(1000));
    assertThatThrownBy(() -> SqliteMetaStore.open(file)).isInstanceOf(MetaStoreException.class);
  }

  @Test
  void refusesKeysAndValuesOverTheLimit() {
    assertThatThrownBy(() -> Transaction.builder().put("k".repeat(1025), bytes("")))
        .hasMessageContaining("1024");
    assertThatThrownBy(
            () -> Transaction.builder().put("k", new byte[MetaStore.MAX_VALUE_BYTES + 1]))
        .hasMessageContaining("" + MetaStore.MAX_VALUE_BYTES);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
