package io.vecraft.journal.log.raft;

import java.util.EnumSet;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;

/**
 * Stands before the Raft port. A vote leaves only when it is durable, its file's name too. Calls
 * that are not those of one replica to another are refused: Ratis would take entries and changes of
 * members from whoever reaches the port. So are calls that are meant for another replica: a node
 * that has lost what it knew has another id at the same address, and must not vote or take entries
 * as who it was.
 */
final class VoteGuard implements GrpcServices.Customizer, ServerInterceptor {
  private static final String SERVICE = "ratis.grpc.RaftServerProtocolService";
  private static final String VOTE = SERVICE + "/requestVote";

  private final String self;
  private final Runnable makeDurable;
  private final ReplicaFiles copies;

  /**
   * A guard.
   *
   * @param self id of this replica
   * @param makeDurable called before each answer to a request for a vote
   * @param copies what else replicas ask of each other here
   */
  VoteGuard(String self, Runnable makeDurable, ReplicaFiles copies) {
    this.self = self;
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
      return new ForSelf<>(call, next.startCall(call, headers));
    }
    ServerCall.Listener<Q> votes =
        next.startCall(
            new SimpleForwardingServerCall<Q, A>(call) {
              @Override
              public void sendMessage(A message) {
                makeDurable.run();
                super.sendMessage(message);
              }
            },
            headers);
    return new ForSelf<>(call, votes);
  }

  /** Lets through what is meant for this replica, and ends a call in which something is not. */
  private final class ForSelf<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private boolean refused;

    ForSelf(ServerCall<Q, ?> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (refused) {
        return;
      }
      if (!isForSelf(message)) {
        refused = true;
        call.close(
            Status.UNAVAILABLE.withDescription("the replica here is " + self), new Metadata());
        return;
      }
      super.onMessage(message);
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }
  }

  private boolean isForSelf(Object message) {
    RaftRpcRequestProto request =
        switch (message) {
          case RequestVoteRequestProto m -> m.getServerRequest();
          case AppendEntriesRequestProto m -> m.getServerRequest();
          case InstallSnapshotRequestProto m -> m.getServerRequest();
          case StartLeaderElectionRequestProto m -> m.getServerRequest();
          case ReadIndexRequestProto m -> m.getServerRequest();
          default -> RaftRpcRequestProto.getDefaultInstance();
        };
    return request.getReplyId().isEmpty() || request.getReplyId().toStringUtf8().equals(self);
  }
}
