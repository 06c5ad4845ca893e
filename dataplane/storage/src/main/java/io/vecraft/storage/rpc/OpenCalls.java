package io.vecraft.storage.rpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The calls of a channel that wait for an answer, so that they need not wait for a dead peer. Safe
 * for concurrent use.
 */
public final class OpenCalls implements ClientInterceptor {
  private final Set<ClientCall<?, ?>> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cancellations = new AtomicInteger();

  /** Ends all of them, as if the peer were unavailable. */
  public void cancelAll(String why) {
    cancellations.incrementAndGet();
    open.forEach(call -> call.cancel(why, null));
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    return new Tracked<>(next.newCall(method, options));
  }

  /** Can be cancelled by others once all of it has been sent: not while its caller still sends. */
  private final class Tracked<Q, A> extends SimpleForwardingClientCall<Q, A> {
    private final int begun = cancellations.get();
    private volatile boolean ended;

    Tracked(ClientCall<Q, A> call) {
      super(call);
    }

    @Override
    public void start(Listener<A> listener, Metadata headers) {
      super.start(
          new SimpleForwardingClientCallListener<A>(listener) {
            @Override
            public void onClose(Status status, Metadata trailers) {
              ended = true;
              open.remove(Tracked.this);
              super.onClose(status, trailers);
            }
          },
          headers);
    }

    @Override
    public void halfClose() {
      super.halfClose();
      open.add(this);
      if (ended) {
        open.remove(this);
      } else if (cancellations.get() != begun) {
        cancel("the peer was lost meanwhile", null);
      }
    }
  }
}
