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

/**
 * The calls of a channel that wait for an answer, so that they need not wait for a dead peer. Safe
 * for concurrent use.
 */
public final class OpenCalls implements ClientInterceptor {
  private final Set<ClientCall<?, ?>> open = ConcurrentHashMap.newKeySet();

  /** Ends all of them, as if the peer were unavailable. */
  public void cancelAll(String why) {
    open.forEach(call -> call.cancel(why, null));
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<Q, A>(next.newCall(method, options)) {
      @Override
      public void start(Listener<A> listener, Metadata headers) {
        ClientCall<Q, A> started = this;
        open.add(started);
        super.start(
            new SimpleForwardingClientCallListener<A>(listener) {
              @Override
              public void onClose(Status status, Metadata trailers) {
                open.remove(started);
                super.onClose(status, trailers);
              }
            },
            headers);
      }
    };
  }
}
