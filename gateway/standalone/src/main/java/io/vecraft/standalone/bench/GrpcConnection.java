package io.vecraft.standalone.bench;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.vecraft.proto.api.SearchRequest;
import io.vecraft.proto.api.SearchResponse;
import io.vecraft.proto.api.VectorSearchServiceGrpc;

/** One gRPC connection that sends requests made beforehand. */
final class GrpcConnection implements ClosedLoop.Connection {
  private final SearchRequest[] requests;
  private final ManagedChannel channel;
  private final VectorSearchServiceGrpc.VectorSearchServiceBlockingStub stub;

  GrpcConnection(int port, SearchRequest[] requests) {
    this.requests = requests;
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor().build();
    stub = VectorSearchServiceGrpc.newBlockingStub(channel);
  }

  @Override
  public void ask(int query) {
    SearchResponse response = stub.search(requests[query]);
    if (response.getResultsCount() == 0) {
      throw new IllegalStateException("query " + query + " had no results");
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
