package io.vecraft.journal.client;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.api.JournalApi.Subscription;
import io.vecraft.journal.api.JournalApi.TailListener;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.TailRequest;
import java.util.ArrayList;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tail that outlives the node it reads from: when that ends, or when another node is believed to
 * lead, which is the first to know what is committed, it goes on at the next one from the offset
 * that it has reached. Records come once and in their order. Where no node has them whole it goes
 * on asking, since a damaged replica is made anew from another one, and says so in the log.
 */
final class RoutedTail implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(RoutedTail.class);

  /** So many refusals in a row are more than one round over the nodes while one is behind. */
  private static final int REFUSALS_TO_TELL = 16;

  private final JournalNodes nodes;
  private final Leaders leaders;
  private final RetryPolicy policy;
  private final TailRequest request;
  private final TailListener listener;
  private final Runnable unlisten;

  // Guarded by this.
  private long nextOffset;
  private Optional<Leg> current = Optional.empty();
  private int failures;
  private int refusals;
  private boolean delivering;
  private boolean closed;

  RoutedTail(
      JournalNodes nodes,
      Leaders leaders,
      RetryPolicy policy,
      TailRequest request,
      TailListener listener) {
    this.nodes = nodes;
    this.leaders = leaders;
    this.policy = policy;
    this.request = request;
    this.listener = listener;
    this.nextOffset = Math.max(1, request.getFromOffset());
    this.unlisten =
        leaders.onChange(partition -> {
          if (partition == request.getPartition()) {
            follow();
          }
        });
  }

  /** One node's part of the tail. */
  private final class Leg implements TailListener {
    private final String node;
    private Optional<Subscription> subscription = Optional.empty(); // guarded by RoutedTail

    Leg(String node) {
      this.node = node;
    }

    @Override
    public void onRecords(PullResponse batch) {
      synchronized (RoutedTail.this) {
        if (closed || !isCurrent()) {
          return;
        }
        delivering = true;
      }
      // Not under the lock: a listener may hold the sender back for as long as it likes. While it
      // does, no other leg begins.
      try {
        listener.onRecords(batch);
      } finally {
        synchronized (RoutedTail.this) {
          delivering = false;
          failures = 0;
          refusals = 0;
          nextOffset = Math.max(nextOffset, batch.getNextOffset());
        }
      }
      leaders.hear(request.getPartition(), node, batch.getLeader());
      follow();
    }

    @Override
    public void onEnd(Throwable cause) {
      VecraftException error = RetryPolicy.error(cause, ErrorCode.UNAVAILABLE);
      synchronized (RoutedTail.this) {
        if (closed || !isCurrent()) {
          return;
        }
        current = Optional.empty();
        leaders.forget(request.getPartition(), node);
        // A replica that is behind what was read elsewhere, or damaged, says data_damaged; another
        // one has what is committed.
        boolean goesOn =
            RetryPolicy.elsewhere(error.code())
                || error.code() == ErrorCode.BACK_PRESSURE
                || error.code() == ErrorCode.DATA_DAMAGED;
        if (!goesOn) {
          end(cause);
          return;
        }
        LOG.debug("the tail of partition {} leaves {}", request.getPartition(), node, cause);
        if (error.code() == ErrorCode.DATA_DAMAGED) {
          refused(error);
        }
        later();
      }
    }

    /** Called under the lock. */
    private void refused(VecraftException error) {
      refusals++;
      if (refusals % REFUSALS_TO_TELL == 0) {
        LOG.warn(
            "partition {} is not read on from offset {}: {} refusals in a row, the last by {}: {}",
            request.getPartition(),
            nextOffset,
            refusals,
            node,
            error.reason());
      }
    }

    private boolean isCurrent() {
      return current.isPresent() && current.get() == this;
    }
  }

  /** Opens the first leg. */
  RoutedTail start() {
    open();
    return this;
  }

  private synchronized void later() {
    failures++;
    CompletableFuture.delayedExecutor(policy.pauseNanos(failures), TimeUnit.NANOSECONDS)
        .execute(this::open);
  }

  private synchronized void open() {
    if (closed || current.isPresent()) {
      return;
    }
    Map<String, JournalApi> now = nodes.of(request.getPartition());
    Optional<String> node =
        leaders.order(request.getPartition(), new ArrayList<>(now.keySet())).stream().findFirst();
    if (node.isEmpty()) {
      later();
      return;
    }
    JournalApi api = Objects.requireNonNull(now.get(node.get()));
    var leg = new Leg(node.get());
    current = Optional.of(leg);
    try {
      leg.subscription =
          Optional.of(api.tail(request.toBuilder().setFromOffset(nextOffset).build(), leg));
    } catch (RuntimeException e) {
      leg.onEnd(e);
    }
  }

  /** Moves to the node that leads now, unless it is there, or that node is not known. */
  private synchronized void follow() {
    Optional<String> leader = leaders.of(request.getPartition());
    if (closed
        || leader.isEmpty()
        || current.isEmpty()
        || current.get().node.equals(leader.get())
        || !nodes.of(request.getPartition()).containsKey(leader.get())) {
      return;
    }
    Optional<Subscription> left = current.get().subscription;
    current = Optional.empty();
    left.ifPresent(Subscription::close);
    open();
  }

  private void end(Throwable cause) {
    closed = true;
    unlisten.run();
    listener.onEnd(cause);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    unlisten.run();
    current.flatMap(leg -> leg.subscription).ifPresent(Subscription::close);
  }
}
