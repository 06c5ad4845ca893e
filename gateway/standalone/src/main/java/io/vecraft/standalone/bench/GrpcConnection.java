package io.vecraft.standalone.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.vecraft.proto.api.SearchResponse;
import io.vecraft.proto.api.VectorSearchServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** One gRPC connection that sends requests serialised beforehand. */
final class GrpcConnection implements ClosedLoop.Connection {
  private static final MethodDescriptor<byte[], byte[]> SEARCH =
      VectorSearchServiceGrpc.getSearchMethod().toBuilder(new Bytes(), new Bytes()).build();

  private final byte[][] requests;
  private final ManagedChannel channel;
  private int variant;
  private byte[] last = {};

  /**
   * @param number of this connection: the requests of two of them differ
   * @param requests serialised, the vector first; copied
   */
  GrpcConnection(int port, int number, byte[][] requests) {
    this.requests = new byte[requests.length][];
    for (int i = 0; i < requests.length; i++) {
      this.requests[i] = requests[i].clone();
    }
    variant = number * RestConnection.VARIANTS_APART;
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor().build();
  }

  @Override
  public void ask(int query) {
    vary(requests[query]);
    last = ClientCalls.blockingUnaryCall(channel, SEARCH, CallOptions.DEFAULT, requests[query]);
    if (last.length == 0) {
      throw new IllegalStateException("query " + query + " had no results");
    }
  }

  /** Changes the lowest bits of the first number, so that no answer comes out of a cache. */
  private void vary(byte[] request) {
    int at = 1;
    while (request[at] < 0) {
      at++;
    }
    at++;
    ByteBuffer bytes = ByteBuffer.wrap(request).order(ByteOrder.LITTLE_ENDIAN);
    int mask = (1 << 13) - 1;
    bytes.putInt(at, (bytes.getInt(at) & ~mask) | (variant++ & mask));
  }

  /** The last answer. */
  SearchResponse lastAnswer() {
    try {
      return SearchResponse.parseFrom(last);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("not an answer", e);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
