package io.vecraft.journal.log.raft;

import java.util.EnumSet;
import java.util.function.Predicate;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
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
 * as who it was. And calls for a partition that is being opened: of these Ratis takes the first
 * notice that files are to be fetched, fails as its log is not there, and from then on believes
 * that the fetching is under way, for good. And a replica that was here before, and has not got as
 * far again, gives no vote.
 */
final class VoteGuard implements GrpcServices.Customizer, ServerInterceptor {
  private static final String SERVICE = "ratis.grpc.RaftServerProtocolService";
  private static final String VOTE = SERVICE + "/requestVote";

  private final String self;
  private final Predicate<RaftGroupId> isOpen;
  private final Predicate<RaftGroupId> mayVote;
  private final Runnable makeDurable;
  private final ReplicaFiles copies;

  /**
   * A guard.
   *
   * @param self id of this replica
   * @param isOpen whether calls for a partition's group are answered
   * @param mayVote whether the replica of an open one may vote
   * @param makeDurable called before each answer to a request for a vote
   * @param copies what else replicas ask of each other here
   */
  VoteGuard(
      String self,
      Predicate<RaftGroupId> isOpen,
      Predicate<RaftGroupId> mayVote,
      Runnable makeDurable,
      ReplicaFiles copies) {
    this.self = self;
    this.isOpen = isOpen;
    this.mayVote = mayVote;
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
      RaftRpcRequestProto request = request(message);
      if (!isForSelf(request)) {
        refuse("the replica here is " + self);
      } else if (!isForOpen(request)) {
        refuse("the partition is being opened here");
      } else if (message instanceof RequestVoteRequestProto && !mayVote.test(group(request))) {
        refuse("the replica here has less than it has acknowledged once");
      } else {
        super.onMessage(message);
      }
    }

    private void refuse(String why) {
      refused = true;
      call.close(Status.UNAVAILABLE.withDescription(why), new Metadata());
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }
  }

  private static RaftRpcRequestProto request(Object message) {
    return switch (message) {
      case RequestVoteRequestProto m -> m.getServerRequest();
      case AppendEntriesRequestProto m -> m.getServerRequest();
      case InstallSnapshotRequestProto m -> m.getServerRequest();
      case StartLeaderElectionRequestProto m -> m.getServerRequest();
      case ReadIndexRequestProto m -> m.getServerRequest();
      default -> RaftRpcRequestProto.getDefaultInstance();
    };
  }

  private boolean isForSelf(RaftRpcRequestProto request) {
    return request.getReplyId().isEmpty() || request.getReplyId().toStringUtf8().equals(self);
  }

  private boolean isForOpen(RaftRpcRequestProto request) {
    return !request.hasRaftGroupId() || isOpen.test(group(request));
  }

  private static RaftGroupId group(RaftRpcRequestProto request) {
    return RaftGroupId.valueOf(request.getRaftGroupId().getId());
  }
}
