package io.vecraft.storage.node;

import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.storage.checkpoint.Manifest;
import io.vecraft.storage.checkpoint.OpenCheckpoint;
import io.vecraft.storage.checkpoint.ShardDirectory;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.shard.ShardCut;
import io.vecraft.storage.shard.ShardState;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checkpoints of one replica: written one at a time, verified, set aside. Thread-safe. */
final class ReplicaFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaFiles.class);

  private final ShardDirectory directory;
  private final String cluster;
  private final long incarnation;

  // Guarded by this.
  private Optional<Manifest> current;
  private Optional<Manifest> previous;
  private long generation;
  private boolean removed;

  ReplicaFiles(
      ShardDirectory directory,
      StatusResponse journal,
      Optional<Manifest> current,
      Optional<Manifest> previous) {
    this.directory = directory;
    this.cluster = journal.getClusterId();
    this.incarnation = journal.getIncarnation();
    this.current = current;
    this.previous = previous;
    this.generation = current.map(Manifest::generation).orElse(0L);
  }

  private record Moment(
      ShardCut cut, int partition, PartitionMerge.Offsets offsets, long stamp, long catalogStamp) {}

  /** Writes a checkpoint if anything has changed since the last one. */
  synchronized void write(ReplicaSource source) throws IOException {
    if (removed) {
      return;
    }
    source.withState(state -> write(state, source));
  }

  private void write(ShardState state, ReplicaSource source) throws IOException {
    Moment now =
        source.whileStill(merge ->
            new Moment(
                state.cut(),
                merge.dataPartition(),
                merge.resumeOffsets(),
                Math.max(source.base(), merge.frontier()),
                merge.catalog().stamp()));
    boolean same =
        current.isPresent()
            && current.get().contents().rows() == now.cut().rows()
            && current.get().contents().compacted().equals(now.cut().compacted())
            && current.get().partition() == now.partition()
            && current.get().offsets().equals(now.offsets())
            && current.get().contents().indexed() == state.indexed();
    if (same || now.stamp() == 0) {
      return;
    }
    directory.create();
    if (current.isEmpty()) {
      directory.removeAllBut(Optional.empty(), Optional.empty());
    }
    generation++;
    ShardCut.Contents contents = now.cut().write(directory.path(), generation);
    Manifest manifest =
        new Manifest(
            cluster,
            incarnation,
            state.id(),
            generation,
            now.stamp(),
            now.catalogStamp(),
            source.safePoint(),
            now.partition(),
            now.offsets(),
            contents);
    directory.commit(manifest, current);
    previous = current;
    current = Optional.of(manifest);
  }

  /** What a checkpoint is made of. */
  interface ReplicaSource {
    /** Hands over the state in use, which stays so, in memory, until the writing has ended. */
    void withState(Writing writing) throws IOException;

    long base();

    long safePoint();

    <T> T whileStill(Function<PartitionMerge, T> action);
  }

  /** What writes a state. */
  @FunctionalInterface
  interface Writing {
    void write(ShardState state) throws IOException;
  }

  /** Runs {@code action} while no checkpoint is being written. */
  synchronized boolean betweenCheckpoints(BooleanSupplier action) {
    return action.getAsBoolean();
  }

  /** Journal bytes, roughly, that came since the last checkpoint. */
  synchronized long behind(ShardState state) {
    long operations = current.map(m -> m.contents().operations()).orElse(0L);
    return (state.operations() - operations) * state.bytesPerRow();
  }

  /** Compares every stored block with its checksum. */
  synchronized void verify() throws IOException {
    if (current.isPresent() && !removed) {
      directory.verify(current.get());
    }
    if (previous.isPresent() && !removed) {
      verifyPrevious(previous.get());
    }
  }

  /** A damaged checkpoint before is of no use; what counts does not need it. */
  private void verifyPrevious(Manifest manifest) throws IOException {
    try {
      directory.verify(manifest);
    } catch (DamagedBlockException e) {
      LOG.error("the checkpoint before is damaged and given up: {}", e.getMessage());
      previous = Optional.empty();
      directory.removeAllBut(current, previous);
    }
  }

  /**
   * The checkpoint from which the shard can be made again even if the last one is lost: the one
   * before. Empty where that takes the whole log.
   */
  synchronized Optional<Manifest> fallback() {
    return current.isPresent() ? previous : Optional.empty();
  }

  /** Copies the last checkpoint to another replica's directory; empty if there is none. */
  synchronized Optional<Manifest> copyTo(ShardDirectory other) throws IOException {
    if (current.isPresent() && !removed) {
      other.take(directory.path(), current.get());
    }
    return removed ? Optional.empty() : current;
  }

  /** Opens the last checkpoint for reading; empty if there is none. */
  synchronized Optional<OpenCheckpoint> open() throws IOException {
    return current.isPresent() && !removed
        ? Optional.of(OpenCheckpoint.open(directory.path(), current.get()))
        : Optional.empty();
  }

  /** Sets the files aside; the next checkpoint begins anew. */
  synchronized void setAside() throws IOException {
    directory.setAside();
    current = Optional.empty();
    previous = Optional.empty();
  }

  /** Goes on from a checkpoint that has been brought into the directory. */
  synchronized void restored(Optional<Manifest> manifest) {
    current = manifest;
    previous = Optional.empty();
    generation = Math.max(generation, manifest.map(Manifest::generation).orElse(0L));
  }

  ShardDirectory directory() {
    return directory;
  }

  /** Removes the files for good. */
  synchronized void remove() throws IOException {
    removed = true;
    directory.remove();
  }
}
