package io.vecraft.query;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.storage.read.ShardReader;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What keeps the instants of scrolls readable: pins on all replicas, dropped when a scroll has
 * ended or its cursor has not been used for a while. Safe for concurrent use.
 */
final class ScrollPins implements AutoCloseable {
  private final Cache<Long, List<ShardReader.Pin>> pins;

  /** Cursors come to other processes too: their pins must not have the same names. */
  private final AtomicLong next =
      new AtomicLong(new SecureRandom().nextLong(1, Long.MAX_VALUE / 2));

  private final int max;

  ScrollPins(QueryConfig config) {
    this.max = config.cursorsMax();
    this.pins =
        Caffeine.newBuilder()
            .expireAfterAccess(config.cursorIdle())
            .scheduler(Scheduler.systemScheduler())
            .executor(Runnable::run)
            .evictionListener(ScrollPins::evicted)
            .build();
  }

  /**
   * Pins the stamp on the replicas of all shards; the answer names the pins. One that cannot be
   * pinned is left out as long as another of its shard can: pages are read from where the instant
   * is still there.
   *
   * @param replicas by shard, at least one of each
   */
  long open(List<List<ShardReader>> replicas, long stamp) {
    if (pins.estimatedSize() >= max) {
      pins.cleanUp();
      if (pins.estimatedSize() >= max) {
        throw new VecraftException(
            ErrorCode.BACK_PRESSURE, max + " scrolls are open, which is the limit", "cursor");
      }
    }
    var opened = new ArrayList<ShardReader.Pin>();
    try {
      for (List<ShardReader> shard : replicas) {
        openOne(shard, stamp, opened);
      }
    } catch (RuntimeException e) {
      close(opened);
      throw e;
    }
    long name = next.incrementAndGet();
    pins.put(name, opened);
    return name;
  }

  private static void openOne(
      List<ShardReader> replicas, long stamp, List<ShardReader.Pin> opened) {
    Optional<VecraftException> failure = Optional.empty();
    boolean any = false;
    for (ShardReader replica : replicas) {
      try {
        opened.add(replica.pin(stamp));
        any = true;
      } catch (VecraftException e) {
        failure = Optional.of(e);
      }
    }
    if (!any && failure.isPresent()) {
      throw failure.get();
    }
  }

  /** The scroll goes on: its pins stay for another while. False when they are gone. */
  boolean touch(long name) {
    return pins.getIfPresent(name) != null;
  }

  /** The scroll has ended. */
  void drop(long name) {
    List<ShardReader.Pin> dropped = pins.asMap().remove(name);
    if (dropped != null) {
      close(dropped);
    }
  }

  @Override
  public void close() {
    pins.asMap().keySet().forEach(this::drop);
  }

  private static void evicted(
      @Nullable Long name, @Nullable List<ShardReader.Pin> old, RemovalCause cause) {
    if (old != null) {
      close(old);
    }
  }

  private static void close(List<ShardReader.Pin> pins) {
    pins.forEach(ShardReader.Pin::close);
  }
}
