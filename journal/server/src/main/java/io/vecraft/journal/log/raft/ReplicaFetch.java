package io.vecraft.journal.log.raft;

import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.proto.journal.AppliedPosition;
import io.vecraft.proto.journal.ReplicaFile;
import io.vecraft.proto.journal.ReplicaFilesPart;
import io.vecraft.proto.journal.ReplicaFilesRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;

/** Gets the files of a replica from another one, into an empty directory, durably. */
final class ReplicaFetch {
  private static final int MESSAGE_BYTES = 4 << 20;
  private static final long SILENCE_S = 30;

  private final FileAccess files;
  private final Path directory;
  private final Optional<RaftTls> tls;

  ReplicaFetch(FileAccess files, Path directory, Optional<RaftTls> tls) {
    this.files = files;
    this.directory = directory;
    this.tls = tls;
  }

  /**
   * Gets everything.
   *
   * @param from who has it
   * @return what the segments add up to, as the other says; they are not checked yet
   * @throws IOException if it breaks off
   */
  AppliedPosition run(RaftMember from, ReplicaFilesRequest request) throws IOException {
    var builder =
        NettyChannelBuilder.forAddress(from.host(), from.port())
            .keepAliveTime(SILENCE_S, TimeUnit.SECONDS)
            .maxInboundMessageSize(MESSAGE_BYTES);
    ManagedChannel channel =
        (tls.isPresent() ? builder.sslContext(tls.get().client()) : builder.usePlaintext()).build();
    try {
      Iterator<byte[]> parts =
          ClientCalls.blockingServerStreamingCall(
              channel, ReplicaFiles.COPY, CallOptions.DEFAULT, request.toByteArray());
      return receive(parts);
    } catch (StatusRuntimeException e) {
      throw new IOException(from.id() + " gives no files", e);
    } finally {
      channel.shutdownNow();
    }
  }

  private AppliedPosition receive(Iterator<byte[]> parts) throws IOException {
    AppliedPosition position = AppliedPosition.getDefaultInstance();
    OpenFile open = files.create(directory.resolve("receiving"));
    long written = 0;
    long wanted = 0;
    boolean ended = false;
    try {
      while (parts.hasNext()) {
        ReplicaFilesPart part = ReplicaFilesPart.parseFrom(parts.next());
        switch (part.getPartCase()) {
          case POSITION -> position = part.getPosition();
          case FILE -> {
            finish(open, written, wanted);
            ReplicaFile file = part.getFile();
            if (!SegmentStore.isSegment(file.getName())) {
              throw new IOException("a file named " + file.getName());
            }
            open = files.create(directory.resolve(file.getName()));
            written = 0;
            wanted = file.getBytes();
          }
          case DATA -> {
            open.write(part.getData().asReadOnlyByteBuffer(), written);
            written += part.getData().size();
          }
          case END -> ended = true;
          case PART_NOT_SET -> throw new IOException("a part of a kind that is not known here");
        }
      }
      finish(open, written, wanted);
    } finally {
      open.close();
    }
    if (!ended) {
      throw new IOException("the files break off");
    }
    files.delete(directory.resolve("receiving"));
    SegmentStore.beginWithFirst(files, directory);
    files.syncDirectory(directory);
    return position;
  }

  private static void finish(OpenFile file, long written, long wanted) throws IOException {
    if (written != wanted) {
      throw new IOException("a file of %d bytes, %d came".formatted(wanted, written));
    }
    file.sync();
    file.close();
  }
}
