package io.vecraft.storage.node;

import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.storage.checkpoint.Manifest;
import io.vecraft.storage.checkpoint.ShardDirectory;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.shard.ShardCut;
import io.vecraft.storage.shard.ShardState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** The checkpoints of one replica: written one at a time, verified, set aside. Thread-safe. */
final class ReplicaFiles {
  private final ShardDirectory directory;
  private final String cluster;
  private final long incarnation;

  // Guarded by this.
  private Optional<Manifest> current;
  private long generation;
  private boolean removed;

  ReplicaFiles(ShardDirectory directory, StatusResponse journal, Optional<Manifest> current) {
    this.directory = directory;
    this.cluster = journal.getClusterId();
    this.incarnation = journal.getIncarnation();
    this.current = current;
    this.generation = current.map(Manifest::generation).orElse(0L);
  }

  private record Moment(
      ShardCut cut, PartitionMerge.Offsets offsets, long stamp, long catalogStamp) {}

  /** Writes a checkpoint if anything has changed since the last one. */
  synchronized void write(ReplicaSource source) throws IOException {
    if (removed) {
      return;
    }
    Moment now =
        source.whileStill(merge ->
            new Moment(
                source.state().cut(),
                merge.resumeOffsets(),
                Math.max(source.base(), merge.frontier()),
                merge.catalog().stamp()));
    boolean same =
        current.isPresent()
            && current.get().contents().rows() == now.cut().rows()
            && current.get().offsets().equals(now.offsets())
            && current.get().contents().indexed() == source.state().indexed();
    if (same || now.stamp() == 0) {
      return;
    }
    directory.create();
    if (current.isEmpty()) {
      directory.removeAllBut(Optional.empty());
    }
    generation++;
    ShardCut.Contents contents = now.cut().write(directory.path(), generation);
    Manifest manifest =
        new Manifest(
            cluster,
            incarnation,
            source.state().id(),
            generation,
            now.stamp(),
            now.catalogStamp(),
            source.safePoint(),
            now.offsets(),
            contents);
    directory.commit(manifest);
    current = Optional.of(manifest);
  }

  /** What a checkpoint is made of. */
  interface ReplicaSource {
    ShardState state();

    long base();

    long safePoint();

    <T> T whileStill(Function<PartitionMerge, T> action);
  }

  /** Journal bytes, roughly, that came since the last checkpoint. */
  synchronized long behind(ShardState state) {
    long rows = current.map(m -> (long) m.contents().rows()).orElse(0L);
    return (state.size() - rows) * state.bytesPerRow();
  }

  /** Compares every stored block with its checksum. */
  synchronized void verify() throws IOException {
    if (current.isPresent() && !removed) {
      directory.verify(current.get());
    }
  }

  /** Sets the files aside; the next checkpoint begins anew. */
  synchronized Optional<Path> setAside() throws IOException {
    Optional<Path> aside = directory.setAside();
    current = Optional.empty();
    return aside;
  }

  /** Removes the files for good. */
  synchronized void remove() throws IOException {
    removed = true;
    directory.remove();
  }
}
