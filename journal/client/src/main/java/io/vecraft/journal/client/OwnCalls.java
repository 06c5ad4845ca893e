package io.vecraft.journal.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.MethodDescriptor;

/**
 * Keeps calls to the journal from ending with the call that they were made for: what one reader
 * pulls, and the clock's round that one writer begins, is for all who wait for it. They have times
 * of their own.
 */
final class OwnCalls implements ClientInterceptor {
  private static final OwnCalls INSTANCE = new OwnCalls();

  private OwnCalls() {}

  /** The channel, for such calls. */
  static Channel over(Channel channel) {
    return ClientInterceptors.intercept(channel, INSTANCE);
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    // A call belongs to the context that it is made in.
    Context caller = Context.ROOT.attach();
    try {
      return next.newCall(method, options);
    } finally {
      Context.ROOT.detach(caller);
    }
  }
}
