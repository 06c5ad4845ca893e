package io.vecraft.storage.node;

import io.vecraft.error.VecraftException;
import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.catalog.ShardHomes;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.PartitionStatus;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.ShardPlacement;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.storage.checkpoint.Manifest;
import io.vecraft.storage.checkpoint.ShardDirectory;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.replay.PartitionMerge;
import io.vecraft.storage.shard.ShardCut;
import io.vecraft.storage.shard.ShardShape;
import io.vecraft.storage.shard.ShardState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the state of a shard comes from when it is opened. The first of these that is whole:
 *
 * <ol>
 *   <li>its last checkpoint
 *   <li>its checkpoint before
 *   <li>the last checkpoint of another node
 *   <li>nothing, if the journal still holds all of the shard
 * </ol>
 *
 * If none is, the shard is lost on this node, which is said and never answered from. Files that are
 * damaged are set aside.
 */
final class ShardOpener {
  private static final Logger LOG = LoggerFactory.getLogger(ShardOpener.class);

  /** By collection and number. */
  static final Comparator<ShardId> ORDER =
      Comparator.comparingLong(ShardId::collectionId).thenComparingInt(ShardId::shard);

  private final StorageConfig config;
  private final JournalApi journal;
  private final StatusResponse status;

  ShardOpener(StorageConfig config, JournalApi journal, StatusResponse status) {
    this.config = config;
    this.journal = journal;
    this.status = status;
  }

  /**
   * A shard's state and where its replay goes on.
   *
   * @param manifest the checkpoint that it comes from
   * @param previous the checkpoint before that one
   * @param partition the DATA partition that has what comes next
   * @param offsets where replay goes on
   * @param lost why there is nothing to replay from; empty when all is well
   */
  record Opened(
      ShardState state,
      CollectionState collection,
      ShardDirectory directory,
      Optional<Manifest> manifest,
      Optional<Manifest> previous,
      int partition,
      PartitionMerge.Offsets offsets,
      Optional<String> lost) {
    /** Everything up to here is in the state. */
    long stamp() {
      return manifest.map(Manifest::stamp).orElse(0L);
    }
  }

  /** An empty shard that is fed from its first record on. */
  Opened fresh(CollectionState collection, ShardId shard) {
    return empty(
        collection, directory(shard), shard, PartitionMerge.Offsets.START, Optional.empty());
  }

  /** Opens a shard from what there is in the node's directory, else from elsewhere. */
  Opened open(CollectionState collection, ShardId shard) {
    ShardDirectory directory = directory(shard);
    try {
      Optional<Manifest> manifest = directory.load().filter(this::isOfThisCluster);
      if (manifest.isPresent()) {
        Optional<Manifest> previous = directory.loadPrevious().filter(this::isOfThisCluster);
        Opened opened = mapped(collection, directory, manifest.get(), previous);
        directory.removeAllBut(manifest, previous);
        return opened;
      }
    } catch (DamagedBlockException | IOException e) {
      LOG.error(
          "the checkpoint of shard {} of collection {} is set aside: {}",
          shard.shard(),
          shard.collectionId(),
          e.getMessage());
      setAside(directory);
      return again(collection, shard, directory, true);
    }
    return again(collection, shard, directory, false);
  }

  /**
   * Opens a shard that this node is to have from now on: from what is left of an earlier time, a
   * copy of another node's checkpoint, or the journal.
   */
  Opened joining(CollectionState collection, ShardId shard) {
    ShardDirectory directory = directory(shard);
    if (!Files.isDirectory(directory.path())) {
      Optional<Opened> copied = fromPeers(collection, shard, directory);
      if (copied.isPresent()) {
        return copied.get();
      }
    }
    return open(collection, shard);
  }

  /** Opens a shard whose files have been set aside. */
  Opened again(CollectionState collection, ShardId shard) {
    return again(collection, shard, directory(shard), true);
  }

  /**
   * Opens a shard whose state is not to be trusted, nor any checkpoint of it: from the journal
   * alone.
   */
  Optional<Opened> fromJournal(CollectionState collection, ShardId shard) {
    return beginning(collection, shard)
        .map(from -> empty(collection, directory(shard), shard, from, Optional.empty()));
  }

  private ShardDirectory directory(ShardId shard) {
    return new ShardDirectory(config.directory(), shard);
  }

  private Opened again(
      CollectionState collection, ShardId shard, ShardDirectory directory, boolean wasAside) {
    Optional<Opened> previous = wasAside ? previous(collection, directory) : Optional.empty();
    if (previous.isPresent()) {
      return previous.get();
    }
    Optional<PartitionMerge.Offsets> beginning = beginning(collection, shard);
    if (wasAside || beginning.isEmpty()) {
      Optional<Opened> copied = fromPeers(collection, shard, directory);
      if (copied.isPresent()) {
        return copied.get();
      }
    }
    if (beginning.isEmpty()) {
      String lost = "the journal no longer holds all of it, and there is no other checkpoint of it";
      LOG.error("shard {} of collection {} is lost: {}", shard.shard(), shard.collectionId(), lost);
      return empty(collection, directory, shard, PartitionMerge.Offsets.START, Optional.of(lost));
    }
    if (wasAside) {
      LOG.warn(
          "shard {} of collection {} is made again from the journal",
          shard.shard(),
          shard.collectionId());
    }
    return empty(collection, directory, shard, beginning.get(), Optional.empty());
  }

  private Optional<Opened> previous(CollectionState collection, ShardDirectory directory) {
    try {
      Optional<Manifest> previous = directory.restorePrevious();
      if (previous.isPresent() && isOfThisCluster(previous.get())) {
        LOG.warn("{} goes on from the checkpoint before", directory.path());
        return Optional.of(mapped(collection, directory, previous.get(), Optional.empty()));
      }
    } catch (DamagedBlockException | IOException e) {
      LOG.warn("the checkpoint before cannot be used: {}", e.toString());
    }
    discard(directory);
    return Optional.empty();
  }

  private Optional<Opened> fromPeers(
      CollectionState collection, ShardId shard, ShardDirectory directory) {
    for (CheckpointSource peer : config.peers().get()) {
      if (peer.name().equals(config.name())) {
        continue;
      }
      try {
        Optional<Manifest> copied = peer.copyCheckpoint(shard, directory);
        if (copied.isPresent()) {
          LOG.warn("{} goes on from a copy of the checkpoint of {}", directory.path(), peer.name());
          return Optional.of(mapped(collection, directory, copied.get(), Optional.empty()));
        }
      } catch (DamagedBlockException | IOException | VecraftException e) {
        LOG.warn("the checkpoint of {} cannot be used: {}", peer.name(), e.toString());
        discard(directory);
      }
    }
    return Optional.empty();
  }

  private Opened mapped(
      CollectionState collection,
      ShardDirectory directory,
      Manifest manifest,
      Optional<Manifest> previous)
      throws IOException {
    ShardShape shape = ShardShape.of(collection.getDefinition());
    ShardState state =
        ShardCut.open(
            manifest.shard(), shape, directory.path(), manifest.contents(), manifest.stamp());
    return new Opened(
        state,
        collection,
        directory,
        Optional.of(manifest),
        previous,
        partition(collection, manifest),
        manifest.offsets(),
        Optional.empty());
  }

  private static Opened empty(
      CollectionState collection,
      ShardDirectory directory,
      ShardId shard,
      PartitionMerge.Offsets from,
      Optional<String> lost) {
    ShardState state = ShardState.create(shard, ShardShape.of(collection.getDefinition()));
    return new Opened(
        state,
        collection,
        directory,
        Optional.empty(),
        Optional.empty(),
        ShardHomes.first(collection.getPlacements(shard.shard())),
        from,
        lost);
  }

  /** The DATA partition that a checkpoint's offset is of. */
  static int partition(CollectionState collection, Manifest manifest) {
    return manifest.partition() == 0
        ? ShardHomes.first(collection.getPlacements(manifest.shard().shard()))
        : manifest.partition();
  }

  /** Where the logs begin, if they still hold every record of the shard. */
  private Optional<PartitionMerge.Offsets> beginning(CollectionState collection, ShardId shard) {
    ShardPlacement placement = collection.getPlacements(shard.shard());
    OptionalLong data = beginning(ShardHomes.first(placement), collection.getCreatedStamp());
    OptionalLong transaction = beginning(Partitions.TRANSACTION, collection.getCreatedStamp());
    boolean later =
        ShardHomes.all(placement).stream()
            .skip(1)
            .allMatch(home -> firstOffset(home.getPartition()) <= home.getFromOffset());
    return data.isPresent() && transaction.isPresent() && later
        ? Optional.of(new PartitionMerge.Offsets(data.getAsLong(), transaction.getAsLong(), 1))
        : Optional.empty();
  }

  /** What was cut off came before the first record that is held: harmless if so did the shard. */
  private OptionalLong beginning(int partition, long createdStamp) {
    long first = firstOffset(partition);
    if (first <= 1) {
      return OptionalLong.of(1);
    }
    PullResponse held =
        journal.pull(
            PullRequest.newBuilder()
                .setPartition(partition)
                .setFromOffset(first)
                .setMaxRecords(1)
                .build());
    return held.getRecordsCount() > 0 && held.getRecords(0).getStamp() <= createdStamp
        ? OptionalLong.of(first)
        : OptionalLong.empty();
  }

  /** Where the logs begin now. */
  PartitionMerge.Offsets held(int partition) {
    return new PartitionMerge.Offsets(
        firstOffset(partition), firstOffset(Partitions.TRANSACTION), 1);
  }

  private long firstOffset(int partition) {
    return journal.status().getPartitionsList().stream()
        .filter(p -> p.getPartition() == partition)
        .mapToLong(PartitionStatus::getFirstOffset)
        .findFirst()
        .orElse(1);
  }

  private boolean isOfThisCluster(Manifest manifest) {
    boolean same =
        manifest.cluster().equals(status.getClusterId())
            && manifest.incarnation() == status.getIncarnation();
    if (!same) {
      LOG.warn("a checkpoint of cluster {} is not used", manifest.cluster());
    }
    return same;
  }

  private static void setAside(ShardDirectory directory) {
    try {
      directory.setAside();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set aside " + directory.path(), e);
    }
  }

  private static void discard(ShardDirectory directory) {
    try {
      directory.discard();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + directory.path(), e);
    }
  }
}
