package io.vecraft.storage.rpc;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.vecraft.index.memory.StoredFile;
import io.vecraft.proto.storage.CheckpointPart;
import io.vecraft.proto.storage.CopyCheckpointRequest;
import io.vecraft.proto.storage.PlacementServiceGrpc;
import io.vecraft.storage.checkpoint.Manifest;
import io.vecraft.storage.checkpoint.ShardDirectory;
import io.vecraft.storage.node.CheckpointSource;
import io.vecraft.storage.read.ShardId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The checkpoints of a storage node in another process. What comes is put into a directory beside
 * that of the shard, verified against the manifest when all of it is there, and counts only then.
 * Thread-safe.
 */
public final class RemoteCheckpoints implements CheckpointSource {
  private static final long LONGEST_MINUTES = 60;

  private final String name;
  private final Channel channel;

  /**
   * @param name of the node
   * @param channel to it; stays the caller's
   */
  public RemoteCheckpoints(String name, Channel channel) {
    this.name = name;
    this.channel = channel;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<Manifest> copyCheckpoint(ShardId shard, ShardDirectory into) throws IOException {
    Path incoming = into.path().resolveSibling(into.path().getFileName() + ".incoming");
    try {
      Iterator<CheckpointPart> parts =
          PlacementServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(LONGEST_MINUTES, TimeUnit.MINUTES)
              .copyCheckpoint(
                  CopyCheckpointRequest.newBuilder().setShard(WireReads.toWire(shard)).build());
      if (!parts.hasNext()) {
        return Optional.empty();
      }
      Manifest manifest = Manifest.decode(parts.next().getManifest().toByteArray());
      if (!manifest.shard().equals(shard)) {
        throw new IOException("the checkpoint is of " + manifest.shard() + ", not of " + shard);
      }
      remove(incoming);
      Files.createDirectories(incoming);
      receive(parts, manifest, incoming);
      into.take(incoming, manifest);
      return Optional.of(manifest);
    } catch (StatusRuntimeException e) {
      throw new IOException("storage node " + name + ": " + e.getStatus(), e);
    } finally {
      remove(incoming);
    }
  }

  /** Files whole and in order; a name that the manifest has not is refused. */
  private static void receive(Iterator<CheckpointPart> parts, Manifest manifest, Path directory)
      throws IOException {
    Set<String> expected = new HashSet<>();
    manifest.contents().all().stream().map(StoredFile::name).forEach(expected::add);
    while (parts.hasNext()) {
      CheckpointPart part = parts.next();
      if (!expected.contains(part.getFile())) {
        throw new IOException("file " + part.getFile() + " is not in the manifest");
      }
      append(directory.resolve(part.getFile()), part.getData());
    }
  }

  private static void append(Path file, ByteString data) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      for (ByteBuffer bytes : data.asReadOnlyByteBufferList()) {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
    }
  }

  private static void remove(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      List<Path> files;
      try (Stream<Path> listed = Files.list(directory)) {
        files = listed.toList();
      }
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    }
  }
}
