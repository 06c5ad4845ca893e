package io.vecraft.storage.replay;

import io.vecraft.journal.api.JournalApi;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.TailRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the partitions of the journal go, as a storage node is told by one tail of each: so the
 * replays pull only what has something, and only where their own closed stamp does not do. Between
 * processes each pull is a call.
 *
 * <p>What is told of a partition never ceases to be true, so that it may come late and in any
 * order, and from a node that is behind. Safe for concurrent use.
 */
public final class JournalNews implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalNews.class);

  private final JournalApi journal;
  private final Map<Integer, Told> told = new ConcurrentHashMap<>();
  private final Set<Reader> readers = new CopyOnWriteArraySet<>();

  // Guarded by this.
  private final Map<Integer, JournalApi.Subscription> tails = new HashMap<>();
  private boolean closed;

  /** News of a journal, which stays the caller's. Nothing is followed before a reader starts. */
  public JournalNews(JournalApi journal) {
    this.journal = journal;
  }

  /**
   * Two facts about a partition.
   *
   * @param lastOffset the partition goes at least that far
   * @param nextOffset together with {@code closed}: records up to that stamp lie below this offset
   * @param closed a closed stamp
   */
  record Told(long lastOffset, long nextOffset, long closed) {
    static final Told NOTHING = new Told(0, 0, 0);

    static Told of(PullResponse response) {
      return new Told(
          response.getLastOffset(), response.getNextOffset(), response.getClosedStamp());
    }

    Told and(Told newer) {
      Told further = newer.closed >= closed ? newer : this;
      return new Told(Math.max(lastOffset, newer.lastOffset), further.nextOffset, further.closed);
    }

    boolean has(long offset) {
      return lastOffset >= offset;
    }

    long closedBelow(long next) {
      return nextOffset <= next ? closed : 0;
    }
  }

  /** Somebody who is to wait for news of some partitions. */
  Reader reader(Collection<Integer> partitions) {
    return new Reader(List.copyOf(partitions));
  }

  /** A tail of the partition, which stays until the end: replays come and go. */
  private synchronized void tail(int partition) {
    if (closed || tails.containsKey(partition)) {
      return;
    }
    var request = TailRequest.newBuilder().setPartition(partition).setPositionsOnly(true).build();
    tails.put(
        partition,
        journal.tail(
            request,
            new JournalApi.TailListener() {
              @Override
              public void onRecords(PullResponse batch) {
                learn(partition, batch);
                readers.stream()
                    .filter(r -> r.partitions.contains(partition))
                    .forEach(Reader::wake);
              }

              @Override
              public void onEnd(Throwable cause) {
                LOG.info("tail of partition {} ended: {}", partition, cause.toString());
              }
            }));
  }

  /** Takes note of what a pull has answered. */
  void learn(int partition, PullResponse response) {
    told.merge(partition, Told.of(response), Told::and);
  }

  /** Whether the partition is known to have the record with this offset. */
  boolean has(int partition, long offset) {
    return told.getOrDefault(partition, Told.NOTHING).has(offset);
  }

  /** A closed stamp that holds for who has all records below an offset; 0 if none is known. */
  long closedBelow(int partition, long nextOffset) {
    return told.getOrDefault(partition, Told.NOTHING).closedBelow(nextOffset);
  }

  /** Ends the tails. */
  @Override
  public void close() {
    List<JournalApi.Subscription> open;
    synchronized (this) {
      closed = true;
      open = List.copyOf(tails.values());
      tails.clear();
    }
    open.forEach(JournalApi.Subscription::close);
  }

  /** One that waits. Safe for concurrent use. */
  final class Reader implements AutoCloseable {
    private final List<Integer> partitions;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition come = lock.newCondition();
    private boolean any; // guarded by lock

    private Reader(List<Integer> partitions) {
      this.partitions = partitions;
    }

    /** Has it told of from now on; what is known already are news to it. */
    void start() {
      readers.add(this);
      partitions.forEach(JournalNews.this::tail);
      wake();
    }

    /** Ends the wait of {@link #await}, the present or the next one. */
    void wake() {
      lock.lock();
      try {
        any = true;
        come.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /** Waits for what has not been waited for yet; whether there is any. */
    boolean await(Duration longest) throws InterruptedException {
      long left = Math.max(TimeUnit.MILLISECONDS.toNanos(1), longest.toNanos());
      lock.lock();
      try {
        while (!any && left > 0) {
          left = come.awaitNanos(left);
        }
        boolean news = any;
        any = false;
        return news;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      readers.remove(this);
    }
  }
}
