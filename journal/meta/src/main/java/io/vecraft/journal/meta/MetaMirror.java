package io.vecraft.journal.meta;

import io.vecraft.journal.meta.MetaStore.Entry;
import io.vecraft.journal.meta.MetaStore.Event;
import io.vecraft.journal.meta.MetaStore.Listing;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the entries of a prefix in memory: lists, watches from there, and lists again after
 * anything that might have lost a change, and from time to time in any case, because a watch can go
 * silent without an error. While the store is away the last entries stay.
 *
 * <p>Safe for concurrent use; {@link #entries()} never waits.
 */
public final class MetaMirror implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetaMirror.class);
  private static final int EVENTS_WAITING = 10_000;
  private static final Duration AFTER_FAILURE = Duration.ofMillis(500);

  private final MetaStore store;
  private final String prefix;
  private final Duration listEvery;
  private final Consumer<Map<String, Entry>> onChange;
  private final Thread thread;
  private volatile Optional<Map<String, Entry>> entries = Optional.empty();
  private boolean away; // of the mirror's thread

  /** What the mirror's thread waits for. */
  private sealed interface News {
    record Change(Event event) implements News {}

    record Lost() implements News {}
  }

  private MetaMirror(
      MetaStore store, String prefix, Duration listEvery, Consumer<Map<String, Entry>> onChange) {
    this.store = store;
    this.prefix = prefix;
    this.listEvery = listEvery;
    this.onChange = onChange;
    this.thread = Thread.ofVirtual().name("mirror-" + prefix).unstarted(this::run);
  }

  /**
   * Starts to keep up.
   *
   * @param listEvery how often it lists although nothing seems lost, positive
   * @param onChange told all entries after each change, on the mirror's thread
   */
  public static MetaMirror start(
      MetaStore store, String prefix, Duration listEvery, Consumer<Map<String, Entry>> onChange) {
    var mirror = new MetaMirror(store, prefix, listEvery, onChange);
    mirror.thread.start();
    return mirror;
  }

  /** The newest entries known, by key; empty before the store has answered for the first time. */
  public Optional<Map<String, Entry>> entries() {
    return entries;
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        try {
          follow();
        } catch (MetaStoreException e) {
          if (!away) {
            LOG.warn(
                "{} cannot be read from the metadata store; going on with what is known",
                prefix,
                e);
          }
          away = true;
          Thread.sleep(AFTER_FAILURE);
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("the mirror of {} ends", prefix);
    }
  }

  /** One listing, and the watch after it until it is lost or has lasted long enough. */
  private void follow() throws InterruptedException {
    Listing listing = store.snapshot(prefix);
    away = false;
    var known = new TreeMap<String, Entry>();
    listing.entries().forEach(e -> known.put(e.key(), e));
    publish(known);
    BlockingQueue<News> news = new ArrayBlockingQueue<>(EVENTS_WAITING);
    long until = System.nanoTime() + listEvery.toNanos();
    try (var watch = store.watch(prefix, listing.revision(), new Queue(news))) {
      while (true) {
        News next = news.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        switch (next) {
          case null -> {
            return;
          }
          case News.Lost lost -> {
            // A store that breaks every watch at once must not be asked without a pause.
            Thread.sleep(AFTER_FAILURE);
            return;
          }
          case News.Change change -> {
            apply(known, change.event());
            publish(known);
          }
        }
      }
    }
  }

  private static void apply(Map<String, Entry> known, Event event) {
    Optional<byte[]> value = event.value();
    if (value.isEmpty()) {
      known.remove(event.key());
      return;
    }
    Entry before = known.get(event.key());
    long created = before == null ? event.revision() : before.createRevision();
    known.put(event.key(), new Entry(event.key(), value.get(), created, event.revision()));
  }

  private void publish(TreeMap<String, Entry> known) {
    Map<String, Entry> now = java.util.Collections.unmodifiableMap(new TreeMap<>(known));
    boolean changed = entries.map(before -> !same(before, now)).orElse(true);
    entries = Optional.of(now);
    if (changed) {
      onChange.accept(now);
    }
  }

  private static boolean same(Map<String, Entry> before, Map<String, Entry> now) {
    return before.size() == now.size()
        && now.values().stream()
            .allMatch(e -> {
              Entry old = before.get(e.key());
              return old != null && old.revision() == e.revision();
            });
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  /** Puts news aside for the mirror's thread; what does not fit is lost and said to be. */
  private record Queue(BlockingQueue<News> news) implements MetaStore.Listener {
    @Override
    public void changed(Event event) {
      if (!news.offer(new News.Change(event))) {
        lost();
      }
    }

    @Override
    public void lost() {
      while (!news.offer(new News.Lost())) {
        news.poll();
      }
    }
  }
}
