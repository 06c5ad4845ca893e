package io.vecraft.journal.log.raft;

import com.google.protobuf.ByteString;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.journal.segment.SegmentStore.StoredFile;
import io.vecraft.proto.journal.ReplicaFile;
import io.vecraft.proto.journal.ReplicaFilesPart;
import io.vecraft.proto.journal.ReplicaFilesRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the files of a replica to another one, on the Raft port: the segments as they are, so that
 * a new replica does not replay the log from its beginning. At most {@value #COPIES} copies at a
 * time; each waits for its receiver.
 */
final class ReplicaFiles {
  static final String SERVICE = "vecraft.journal.v1.ReplicaFiles";
  static final MethodDescriptor<byte[], byte[]> COPY =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
          .setFullMethodName(SERVICE + "/Copy")
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();

  private static final Logger log = LoggerFactory.getLogger(ReplicaFiles.class);
  private static final int COPIES = 2;
  private static final int PART_BYTES = 1 << 20;

  private final String clusterId;
  private final Function<Integer, Optional<Replica>> replicas;
  private final Semaphore copies = new Semaphore(COPIES);

  ReplicaFiles(String clusterId, Function<Integer, Optional<Replica>> replicas) {
    this.clusterId = clusterId;
    this.replicas = replicas;
  }

  ServerServiceDefinition service() {
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(COPY, ServerCalls.asyncServerStreamingCall(this::copy))
        .build();
  }

  private void copy(byte[] bytes, StreamObserver<byte[]> observer) {
    var call = (ServerCallStreamObserver<byte[]>) observer;
    var ready = new Semaphore(0);
    call.setOnReadyHandler(ready::release);
    call.setOnCancelHandler(ready::release);
    Thread.ofVirtual()
        .name("journal-copy")
        .start(() -> {
          try {
            copy(ReplicaFilesRequest.parseFrom(bytes), call, ready);
          } catch (IOException | RuntimeException e) {
            log.warn("a copy for another replica failed", e);
            if (!call.isCancelled()) {
              call.onError(Status.UNAVAILABLE.withDescription(e.toString()).asRuntimeException());
            }
          }
        });
  }

  private void copy(
      ReplicaFilesRequest request, ServerCallStreamObserver<byte[]> call, Semaphore ready)
      throws IOException {
    Replica replica =
        replicas
            .apply(request.getPartition())
            .filter(r -> request.getClusterId().equals(clusterId))
            .orElseThrow(() -> new IOException("no partition " + request.getPartition()));
    if (!copies.tryAcquire()) {
      throw new IOException(COPIES + " copies are under way");
    }
    try {
      Replica.Copy copy = replica.copy();
      send(call, ready, ReplicaFilesPart.newBuilder().setPosition(copy.position()));
      for (StoredFile file : copy.files()) {
        send(
            call,
            ready,
            ReplicaFilesPart.newBuilder()
                .setFile(ReplicaFile.newBuilder().setName(file.name()).setBytes(file.bytes())));
        try (OpenFile open = replica.store().open(file)) {
          send(call, ready, open, file.bytes());
        }
      }
      send(call, ready, ReplicaFilesPart.newBuilder().setEnd(true));
      call.onCompleted();
    } finally {
      copies.release();
    }
  }

  private static void send(
      ServerCallStreamObserver<byte[]> call, Semaphore ready, OpenFile file, long end)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(PART_BYTES);
    for (long at = 0; at < end; ) {
      buffer.clear().limit((int) Math.min(PART_BYTES, end - at));
      int got = file.read(buffer, at);
      if (got <= 0) {
        throw new IOException("a file ended at byte " + at + " of " + end);
      }
      at += got;
      send(call, ready, ReplicaFilesPart.newBuilder().setData(ByteString.copyFrom(buffer.flip())));
    }
  }

  private static void send(
      ServerCallStreamObserver<byte[]> call, Semaphore ready, ReplicaFilesPart.Builder part)
      throws IOException {
    while (!call.isReady() && !call.isCancelled()) {
      ready.acquireUninterruptibly();
    }
    if (call.isCancelled()) {
      throw new IOException("the receiver has gone");
    }
    call.onNext(part.build().toByteArray());
  }

  /** Messages as they are. */
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
