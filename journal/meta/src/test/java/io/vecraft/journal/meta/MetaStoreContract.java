package io.vecraft.journal.meta;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vecraft.journal.meta.MetaStore.Entry;
import io.vecraft.journal.meta.MetaStore.Event;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.proto.journal.NodeRegistration;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link MetaStore} does. */
abstract class MetaStoreContract {
  /** An empty store, or one more view of the store of this test. */
  abstract MetaStore open();

  @Test
  void keepsEntriesAcrossReopening() {
    long first;
    try (var store = open()) {
      store.put("a/1", bytes("x"));
      first = store.revision();
      store.put("a/1", bytes("y"));
    }
    try (var store = open()) {
      var entry = store.get("a/1").orElseThrow();
      assertThat(entry.value()).isEqualTo(bytes("y"));
      assertThat(entry.createRevision()).isEqualTo(first);
      assertThat(entry.revision()).isGreaterThan(first);
      assertThat(store.revision()).isGreaterThanOrEqualTo(entry.revision());
      assertThat(store.get("a/2")).isEmpty();
    }
  }

  @Test
  void listsByPrefixInOrderAndOfOneMoment() {
    try (var store = open()) {
      for (String key : new String[] {"b", "a/2", "a/1", "a", "a/\u00e9", "a/\ud83d\ude00", "a0"}) {
        store.put(key, bytes(key));
      }
      var listing = store.snapshot("a/");
      assertThat(listing.entries())
          .extracting(Entry::key)
          .containsExactly("a/1", "a/2", "a/\u00e9", "a/\ud83d\ude00");
      assertThat(listing.revision()).isEqualTo(store.revision());
      assertThat(store.list("")).hasSize(7);
    }
  }

  @Test
  void theFirstToMakeTheClusterWins() {
    try (var store = open()) {
      assertThat(new ClusterRegistry(store).cluster()).isEmpty();
      ClusterRecord first = ClusterRecord.newBuilder().setClusterId("first").build();
      ClusterRecord second = ClusterRecord.newBuilder().setClusterId("second").build();
      assertThat(new ClusterRegistry(store).establish(first)).isEqualTo(first);
      assertThat(new ClusterRegistry(store).establish(second)).isEqualTo(first);
      assertThat(new ClusterRegistry(store).cluster()).contains(first);
    }
  }

  @Test
  void aRegistrationStandsAsLongAsItsProcess() {
    NodeRegistration node =
        NodeRegistration.newBuilder().setRole("storage").setName("s1").setAddress("h:1").build();
    var seen = new CopyOnWriteArrayList<List<NodeRegistration>>();
    try (var store = open();
        var mirror = new ClusterRegistry(store).follow("storage", seen::add)) {
      var registry = new ClusterRegistry(store);
      try (var registration = registry.register(node, Duration.ofSeconds(2), () -> 77)) {
        assertThat(registry.nodes("storage")).extracting("name").containsExactly("s1");
        assertThat(registry.nodes("storage")).extracting("machineMs").containsExactly(77L);
        assertThat(registry.nodes("query")).isEmpty();
        assertThat(registry.nodes("")).hasSize(1);
        await()
            .atMost(Duration.ofMinutes(2))
            .until(() -> !seen.isEmpty() && seen.getLast().size() == 1);
        // Longer than the lease lasts by itself.
        await()
            .during(Duration.ofSeconds(3))
            .atMost(Duration.ofMinutes(2))
            .until(() -> registry.nodes("storage").size() == 1);
        assertThat(registration).isNotNull();
      }
      assertThat(registry.nodes("storage")).isEmpty();
      await().atMost(Duration.ofMinutes(2)).until(() -> seen.getLast().isEmpty());
      assertThat(mirror.entries()).isPresent();
    }
  }

  @Test
  void listsMoreThanAPage() {
    try (var store = open()) {
      List<String> keys = IntStream.range(0, 250).mapToObj("many/%03d"::formatted).toList();
      for (int from = 0; from < keys.size(); from += MetaStore.MAX_CHANGES) {
        var tx = Transaction.builder();
        keys.subList(from, Math.min(keys.size(), from + MetaStore.MAX_CHANGES))
            .forEach(key -> tx.put(key, bytes(key)));
        assertThat(store.transact(tx.build())).isPresent();
      }
      assertThat(store.list("many/")).extracting(Entry::key).containsExactlyElementsOf(keys);
    }
  }

  @Test
  void appliesATransactionOnlyWhenAllConditionsHold() {
    try (var store = open()) {
      var made =
          store.transact(Transaction.builder().ifRevision("k", 0).put("k", bytes("1")).build());
      assertThat(made).hasValue(store.get("k").orElseThrow().revision());
      assertThat(
              store.transact(
                  Transaction.builder()
                      .ifRevision("k", 0)
                      .put("k", bytes("2"))
                      .put("l", bytes("2"))
                      .build()))
          .isEmpty();
      assertThat(store.get("l")).isEmpty();
      assertThat(store.get("k").orElseThrow().value()).isEqualTo(bytes("1"));
      assertThat(
              store.transact(
                  Transaction.builder().ifRevision("k", made.getAsLong()).delete("k").build()))
          .isPresent();
      assertThat(store.get("k")).isEmpty();
    }
  }

  @Test
  void ofConcurrentWritersOneWinsEachRevision() throws Exception {
    try (var store = open();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      store.put("counter", bytes("0"));
      List<Future<?>> writers =
          IntStream.range(0, 4)
              .<Future<?>>mapToObj(
                  w -> threads.submit(() -> IntStream.range(0, 10).forEach(i -> increment(store))))
              .toList();
      for (Future<?> writer : writers) {
        writer.get();
      }
      assertThat(new String(store.get("counter").orElseThrow().value(), UTF_8)).isEqualTo("40");
    }
  }

  private static void increment(MetaStore store) {
    while (true) {
      Entry now = store.get("counter").orElseThrow();
      int next = Integer.parseInt(new String(now.value(), UTF_8)) + 1;
      if (store
          .transact(
              Transaction.builder()
                  .ifRevision("counter", now.revision())
                  .put("counter", bytes("" + next))
                  .build())
          .isPresent()) {
        return;
      }
    }
  }

  @Test
  void watchesFromThePastInOrder() {
    try (var store = open()) {
      long before = store.revision();
      store.put("w/1", bytes("a"));
      store.put("x", bytes("-"));
      var seen = new Recorder();
      try (var watch = store.watch("w/", before, seen)) {
        store.put("w/2", bytes("b"));
        store.transact(Transaction.builder().delete("w/1").build());
        seen.awaitChanges("w/1=a", "w/2=b", "w/1 deleted");
      }
      store.put("w/3", bytes("c"));
      assertThat(seen.events).extracting(Event::revision).isSorted();
      assertThat(seen.lost).isEmpty();
    }
  }

  @Test
  void deletesTheKeysOfALeaseThatIsGivenBack() {
    try (var store = open()) {
      var lease = store.grant(Duration.ofMinutes(1));
      store.transact(Transaction.builder().put("node/1", bytes("up"), lease).build());
      assertThat(lease.keepAlive()).isTrue();
      lease.close();
      assertThat(store.get("node/1")).isEmpty();
      assertThat(lease.keepAlive()).isFalse();
      assertThatThrownBy(
              () -> store.transact(Transaction.builder().put("node/1", bytes("up"), lease).build()))
          .isInstanceOf(IllegalStateException.class);
      lease.close();
    }
  }

  @Test
  void deletesTheKeysOfALeaseThatRanOut() {
    try (var store = open()) {
      var lease = store.grant(Duration.ofSeconds(1));
      var seen = new Recorder();
      try (var watch = store.watch("node/", store.revision(), seen)) {
        store.transact(Transaction.builder().put("node/1", bytes("up"), lease).build());
        await().atMost(Duration.ofMinutes(1)).until(() -> store.get("node/1").isEmpty());
        seen.awaitChanges("node/1=up", "node/1 deleted");
      }
      assertThat(lease.keepAlive()).isFalse();
    }
  }

  @Test
  void aMirrorKeepsUp() {
    try (var store = open()) {
      store.put("m/1", bytes("a"));
      try (var mirror = MetaMirror.start(store, "m/", Duration.ofMinutes(1), all -> {})) {
        await().atMost(Duration.ofMinutes(2)).until(() -> mirror.entries().isPresent());
        store.put("m/2", bytes("b"));
        store.transact(Transaction.builder().delete("m/1").build());
        store.put("other", bytes("c"));
        await()
            .atMost(Duration.ofMinutes(2))
            .untilAsserted(
                () -> assertThat(mirror.entries().orElseThrow().keySet()).containsExactly("m/2"));
      }
    }
  }

  @Test
  void refusesWhatIsOverALimit() {
    assertThatThrownBy(() -> Transaction.builder().put("k".repeat(1025), bytes("")))
        .hasMessageContaining("1024");
    assertThatThrownBy(
            () -> Transaction.builder().put("k", new byte[MetaStore.MAX_VALUE_BYTES + 1]))
        .hasMessageContaining("" + MetaStore.MAX_VALUE_BYTES);
    assertThatThrownBy(() -> Transaction.builder().put("k", bytes("1")).delete("k"))
        .hasMessageContaining("twice");
    var full = Transaction.builder();
    IntStream.range(0, MetaStore.MAX_CHANGES).forEach(i -> full.delete("k" + i));
    assertThatThrownBy(() -> full.delete("one more")).hasMessageContaining("100 changes");
    try (var store = open()) {
      byte[] largest = new byte[MetaStore.MAX_VALUE_BYTES];
      largest[0] = 1;
      store.put("large", largest);
      assertThat(store.get("large").orElseThrow().value()).isEqualTo(largest);
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Collects what a watch tells. */
  static final class Recorder implements MetaStore.Listener {
    final List<Event> events = new CopyOnWriteArrayList<>();
    final List<String> lost = new CopyOnWriteArrayList<>();

    @Override
    public void changed(Event event) {
      events.add(event);
    }

    @Override
    public void lost() {
      lost.add("lost");
    }

    void awaitChanges(String... changes) {
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() ->
              assertThat(events)
                  .extracting(e ->
                      e.key() + e.value().map(v -> "=" + new String(v, UTF_8)).orElse(" deleted"))
                  .containsExactly(changes));
    }
  }

  @Test
  void oneLeadsAndAnotherFollowsIt() {
    try (var store = open();
        var first = LeaderElection.start(store, "leader", "first", Duration.ofSeconds(3))) {
      await().atMost(Duration.ofMinutes(1)).until(first::leads);
      try (var second = LeaderElection.start(store, "leader", "second", Duration.ofSeconds(3))) {
        assertThat(second.leads()).isFalse();
        first.close();
        assertThat(first.leads()).isFalse();
        await().atMost(Duration.ofMinutes(1)).until(second::leads);
        assertThat(store.get("leader").map(e -> new String(e.value(), UTF_8))).contains("second");
        assertThat(second.isAnswered()).isTrue();
      }
    }
  }
}
