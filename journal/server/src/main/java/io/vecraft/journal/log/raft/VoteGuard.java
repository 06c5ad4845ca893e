package io.vecraft.journal.log.raft;

import java.util.EnumSet;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;

/**
 * Stands before the Raft port. A vote leaves only when it is durable, its file's name too. Calls
 * that are not those of one replica to another are refused: Ratis would take entries and changes of
 * members from whoever reaches the port.
 */
final class VoteGuard implements GrpcServices.Customizer, ServerInterceptor {
  private static final String SERVICE = "ratis.grpc.RaftServerProtocolService";
  private static final String VOTE = SERVICE + "/requestVote";

  private final Runnable makeDurable;
  private final ReplicaFiles copies;

  /**
   * A guard.
   *
   * @param makeDurable called before each answer to a request for a vote
   * @param copies what else replicas ask of each other here
   */
  VoteGuard(Runnable makeDurable, ReplicaFiles copies) {
    this.makeDurable = makeDurable;
    this.copies = copies;
  }

  @Override
  public NettyServerBuilder customize(
      NettyServerBuilder builder, EnumSet<GrpcServices.Type> types) {
    return builder.intercept(this).addService(copies.service());
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String service = String.valueOf(call.getMethodDescriptor().getServiceName());
    if (!service.equals(SERVICE) && !service.equals(ReplicaFiles.SERVICE)) {
      call.close(
          Status.PERMISSION_DENIED.withDescription("this port is for replicas only"),
          new Metadata());
      return new ServerCall.Listener<>() {};
    }
    if (!VOTE.equals(call.getMethodDescriptor().getFullMethodName())) {
      return next.startCall(call, headers);
    }
    return next.startCall(
        new SimpleForwardingServerCall<Q, A>(call) {
          @Override
          public void sendMessage(A message) {
            makeDurable.run();
            super.sendMessage(message);
          }
        },
        headers);
  }
}
