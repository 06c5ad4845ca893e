package io.vecraft.query.rpc;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.vecraft.proto.query.PingRequest;
import io.vecraft.proto.query.PingResponse;
import io.vecraft.proto.query.QueryServiceGrpc;
import io.vecraft.storage.rpc.OpenCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The query processes that there are just now, and which of them answer. Each is asked for a sign
 * of life a few times a second; one that gives none twice in a row is silent: calls that wait for
 * it end, and it comes last until it speaks. Safe for concurrent use.
 */
final class QueryPeers implements AutoCloseable {
  private static final long PING_EVERY_MS = 250;
  private static final long PING_TIMEOUT_MS = 750;
  private static final int SILENT_AFTER = 2;

  private final Supplier<List<Channel>> channels;
  private final Map<Channel, Peer> peers = new ConcurrentHashMap<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final Thread prober;
  private volatile boolean closed;

  QueryPeers(Supplier<List<Channel>> channels) {
    this.channels = channels;
    this.prober = Thread.ofPlatform().name("query-peers").daemon().start(this::probe);
  }

  /** One query process. */
  static final class Peer {
    private final Channel channel;
    private final OpenCalls open = new OpenCalls();
    private final Channel calls;
    private final AtomicBoolean asked = new AtomicBoolean();
    private final AtomicInteger missed = new AtomicInteger();
    private volatile boolean unavailable;

    Peer(Channel channel) {
      this.channel = channel;
      this.calls = ClientInterceptors.intercept(channel, open);
    }

    Channel calls() {
      return calls;
    }

    String name() {
      return "query processor " + channel.authority();
    }

    boolean answers() {
      return !unavailable && missed.get() < SILENT_AFTER;
    }

    /** A call has found that it cannot be reached; a sign of life says otherwise. */
    void failed() {
      unavailable = true;
    }

    private Optional<ManagedChannel> managed() {
      return channel instanceof ManagedChannel managed ? Optional.of(managed) : Optional.empty();
    }

    private void ping() {
      if (!asked.compareAndSet(false, true)) {
        return;
      }
      if (unavailable) {
        managed().ifPresent(ManagedChannel::resetConnectBackoff);
      }
      QueryServiceGrpc.newStub(channel)
          .withExecutor(MoreExecutors.directExecutor())
          .withDeadlineAfter(PING_TIMEOUT_MS, TimeUnit.MILLISECONDS)
          .ping(PingRequest.getDefaultInstance(), new Pinged(this));
    }

    private void missedPing(Status status) {
      if (status.getCode() != Status.Code.DEADLINE_EXCEEDED) {
        unavailable = true;
      } else if (missed.incrementAndGet() == SILENT_AFTER) {
        open.cancelAll(name() + " is silent");
        // What there is may lead nowhere.
        managed().ifPresent(ManagedChannel::enterIdle);
      }
    }
  }

  private record Pinged(Peer peer) implements StreamObserver<PingResponse> {
    @Override
    public void onNext(PingResponse value) {
      peer.missed.set(0);
      peer.unavailable = false;
    }

    @Override
    public void onError(Throwable e) {
      peer.missedPing(Status.fromThrowable(e));
      peer.asked.set(false);
    }

    @Override
    public void onCompleted() {
      peer.asked.set(false);
    }
  }

  /** Every process, those that answer first, each of them first in its turn. */
  List<Peer> inTurn() {
    List<Peer> all = current();
    if (all.size() <= 1) {
      return all;
    }
    int first = Math.floorMod(turn.getAndIncrement(), all.size());
    var answering = new ArrayList<Peer>(all.size());
    var others = new ArrayList<Peer>();
    for (int i = 0; i < all.size(); i++) {
      Peer peer = all.get((first + i) % all.size());
      (peer.answers() ? answering : others).add(peer);
    }
    answering.addAll(others);
    return answering;
  }

  private List<Peer> current() {
    List<Channel> now = channels.get();
    var all = new ArrayList<Peer>(now.size());
    for (Channel channel : now) {
      all.add(peers.computeIfAbsent(channel, Peer::new));
    }
    return all;
  }

  private void probe() {
    try {
      while (!closed) {
        List<Peer> now = current();
        if (now.size() < peers.size()) {
          peers.values().retainAll(Set.copyOf(now));
        }
        now.forEach(Peer::ping);
        Thread.sleep(PING_EVERY_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    prober.interrupt();
  }
}
