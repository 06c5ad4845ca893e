package io.vecraft.storage.rpc;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import io.vecraft.proto.storage.PinRequest;
import io.vecraft.proto.storage.PinResponse;
import io.vecraft.proto.storage.RenewPinsRequest;
import io.vecraft.proto.storage.RenewPinsResponse;
import io.vecraft.proto.storage.StorageServiceGrpc;
import io.vecraft.proto.storage.UnpinRequest;
import io.vecraft.proto.storage.UnpinResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The pins that this process has on a storage node, renewed until they are closed. A pin that the
 * node no longer knows (it has started again, or the lease ran out while it could not be reached)
 * is made once more; if it cannot be, reads below the safe point fail with {@code
 * snapshot_expired}. Nothing here waits. Safe for concurrent use.
 */
final class RemotePins {
  /** Pins renewed by one message. */
  private static final int BATCH = 10_000;

  private static final long CALL_SECONDS = 5;

  private final Channel channel;
  private final Map<Long, PinRequest> pins = new ConcurrentHashMap<>();
  private volatile long leaseNanos = TimeUnit.SECONDS.toNanos(30);
  private volatile long renewedNanos = System.nanoTime();

  RemotePins(Channel channel) {
    this.channel = channel;
  }

  static long newId() {
    return ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
  }

  /** The node has made the pin. */
  void made(PinRequest pin, PinResponse answer) {
    leaseNanos = TimeUnit.MILLISECONDS.toNanos(Math.max(1, answer.getLeaseMs()));
    pins.put(pin.getPinId(), pin);
  }

  /** Ends a pin; the node hears of it some time, at the latest when the lease runs out. */
  void end(long id) {
    pins.remove(id);
    stub()
        .unpin(
            UnpinRequest.newBuilder().addPinIds(id).build(), new Told<UnpinResponse>(answer -> {}));
  }

  int size() {
    return pins.size();
  }

  /** Renews if it is time to. */
  void renewIfDue() {
    if (System.nanoTime() - renewedNanos >= leaseNanos / 3) {
      renew();
    }
  }

  /** Renews all pins, and makes those again that the node does not know. */
  void renew() {
    renewedNanos = System.nanoTime();
    List<Long> ids = new ArrayList<>(pins.keySet());
    for (int from = 0; from < ids.size(); from += BATCH) {
      RenewPinsRequest request =
          RenewPinsRequest.newBuilder()
              .addAllPinIds(ids.subList(from, Math.min(ids.size(), from + BATCH)))
              .build();
      stub().renewPins(request, new Told<RenewPinsResponse>(this::again));
    }
  }

  private void again(RenewPinsResponse answer) {
    for (long id : answer.getUnknownList()) {
      PinRequest pin = pins.get(id);
      if (pin != null) {
        stub()
            .pin(
                pin,
                new Told<PinResponse>(made -> {
                  if (!pins.containsKey(id)) {
                    end(id);
                  }
                }));
      }
    }
  }

  private StorageServiceGrpc.StorageServiceStub stub() {
    return StorageServiceGrpc.newStub(channel)
        .withExecutor(MoreExecutors.directExecutor())
        .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  /** Takes the answer; a call that fails is made again by the next renewal. */
  private record Told<T>(Consumer<T> answer) implements StreamObserver<T> {
    @Override
    public void onNext(T value) {
      answer.accept(value);
    }

    @Override
    public void onError(Throwable e) {}

    @Override
    public void onCompleted() {}
  }
}
