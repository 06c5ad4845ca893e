package io.vecraft.storage.rpc;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.vecraft.proto.storage.StorageServiceGrpc;
import io.vecraft.proto.storage.WatchRequest;
import io.vecraft.proto.storage.WatchResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a watch of a storage node open: opens it again when it breaks or is silent for too long, on
 * another connection then, as the old one may lead nowhere.
 *
 * <p>One thread of its own sees to that. When that thread itself has not run for long, the process
 * was paused, and what the node has said meanwhile has not been read yet: the silence is counted
 * from then.
 */
final class NodeWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeWatch.class);

  private final String name;
  private final Channel channel;
  private final RemoteStorageSettings settings;
  private final Listener listener;
  private final Thread thread;
  private volatile boolean closed;

  /** Who is told; never two calls at a time from one watch. Must not block. */
  interface Listener {
    /**
     * The node has said something.
     *
     * @param first the first message of this watch
     * @return whether the node serves now
     */
    boolean told(WatchResponse state, boolean first);

    /** The node is not heard any more. */
    void lost(String why);

    /** Called now and then while the node is heard. */
    void tick();
  }

  NodeWatch(String name, Channel channel, RemoteStorageSettings settings, Listener listener) {
    this.name = name;
    this.channel = channel;
    this.settings = settings;
    this.listener = listener;
    this.thread = Thread.ofPlatform().name("watch-" + name).daemon().start(this::run);
  }

  private void run() {
    long waitMs = 0;
    try {
      while (!closed) {
        var stream = new Stream();
        StorageServiceGrpc.newStub(channel)
            .withExecutor(MoreExecutors.directExecutor())
            .watch(
                WatchRequest.newBuilder()
                    .setHeartbeatMs(Math.toIntExact(settings.heartbeat().toMillis()))
                    .build(),
                stream);
        String why = stream.awaitEnd();
        stream.end();
        listener.lost(why);
        waitMs =
            stream.heard
                ? settings.reconnectMin().toMillis()
                : Math.clamp(
                    2 * waitMs,
                    settings.reconnectMin().toMillis(),
                    settings.reconnectMax().toMillis());
        Thread.sleep(
            Duration.ofMillis(ThreadLocalRandom.current().nextLong(waitMs / 2, waitMs + 1)));
        if (channel instanceof ManagedChannel managed) {
          managed.resetConnectBackoff();
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("the watch of storage node {} was closed", name);
    }
  }

  /** One watch. */
  private final class Stream implements ClientResponseObserver<WatchRequest, WatchResponse> {
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final CompletableFuture<ClientCallStreamObserver<WatchRequest>> call =
        new CompletableFuture<>();
    private volatile long heardNanos = System.nanoTime();
    private volatile boolean heard;
    private boolean done; // guarded by this

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
      call.complete(stream);
    }

    @Override
    public void onNext(WatchResponse state) {
      heardNanos = System.nanoTime();
      if (!state.getNode().equals(name)) {
        ended.complete("the process at its address is storage node " + state.getNode());
        return;
      }
      synchronized (this) {
        if (!done && listener.told(state, !heard)) {
          heard = true;
        }
      }
    }

    @Override
    public void onError(Throwable e) {
      ended.complete(Status.fromThrowable(e).toString());
    }

    @Override
    public void onCompleted() {
      ended.complete("it has ended the watch");
    }

    /** Nothing is told after this. */
    private synchronized void end() {
      done = true;
      call.join().cancel("the watch has ended", null);
    }

    /** Returns why it has ended, or that it has been silent. */
    private String awaitEnd() throws InterruptedException {
      long silence = settings.silence().toNanos();
      long step = silence / 4;
      long from = System.nanoTime();
      while (true) {
        long before = System.nanoTime();
        try {
          return ended.get(step, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          // Still open.
        } catch (java.util.concurrent.ExecutionException e) {
          throw new IllegalStateException("nobody fails it", e);
        }
        long now = System.nanoTime();
        if (now - before > step + silence / 2) {
          from = now;
        }
        if (now - Math.max(from, heardNanos) > silence) {
          if (channel instanceof ManagedChannel managed) {
            managed.enterIdle();
          }
          return "silent for " + settings.silence().toMillis() + " ms";
        }
        if (heard) {
          listener.tick();
        }
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
