package io.vecraft.cluster;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.client.Attempts;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.proto.journal.GetOffsetRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal node whose data cannot be read any more sets it aside, so that it can begin with
 * nothing and get everything from the others. It does so only when the others have shown that they
 * can do without: each partition has committed a barrier while this node was down, by a majority
 * which is therefore whole. Nothing is deleted: what is set aside once stays until somebody removes
 * it, and a second time is refused before that.
 */
final class DamagedJournal {
  private static final Logger LOG = LoggerFactory.getLogger(DamagedJournal.class);
  private static final String ASIDE = "damaged";
  private static final String INCOMPLETE = "incomplete";
  private static final String OF_THE_FILE_SYSTEM = "lost+found";

  private final Path directory;
  private final Path aside;

  DamagedJournal(Path directory) {
    this.directory = directory;
    this.aside = directory.resolve(ASIDE);
  }

  /** Ends what was begun before a crash. */
  void complete() {
    if (Files.exists(aside.resolve(INCOMPLETE))) {
      move();
    }
  }

  /**
   * Waits until the others can do without, then sets the data aside.
   *
   * @throws VecraftException the damage, when something was set aside before and is still there
   */
  void setAside(NodeSettings settings, VecraftException damage) {
    if (Files.exists(aside)) {
      LOG.error("{} is in the way: what was set aside before must be looked at first", aside);
      throw damage;
    }
    LOG.error(
        "this node's data is damaged; it is set aside once the others have shown that they are whole: {}",
        damage.reason());
    try (Node node = Node.open("journal", settings);
        JournalConnection others =
            JournalConnection.open(
                node.awaitCluster(), node.channels(), node.settings().maxClockOffset())) {
      Attempts.until("a majority of the other journal nodes", () -> whole(others));
    }
    try {
      // With its mark from the first moment on: one without is finished.
      Path made = directory.resolve(ASIDE + ".new");
      Files.createDirectories(made);
      if (!Files.exists(made.resolve(INCOMPLETE))) {
        Files.createFile(made.resolve(INCOMPLETE));
      }
      var files = new DiskFiles();
      files.syncDirectory(made);
      Files.move(made, aside, StandardCopyOption.ATOMIC_MOVE);
      files.syncDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set aside what is in " + directory, e);
    }
    move();
    LOG.warn("what was here is in {}; this node begins with nothing", aside);
  }

  private static Optional<Boolean> whole(JournalConnection others) {
    try {
      // One that was added is known to whoever has a replica of it, so to one of a majority.
      Set<Integer> partitions = new TreeSet<>(others.made().all());
      others.journal().status().getPartitionsList().forEach(p -> partitions.add(p.getPartition()));
      for (int partition : partitions) {
        others
            .journal()
            .getOffset(GetOffsetRequest.newBuilder().setPartition(partition).build())
            .get();
      }
      return Optional.of(true);
    } catch (ExecutionException e) {
      LOG.info("not yet: {}", String.valueOf(e.getCause()));
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, "interrupted while waiting for the others");
    }
  }

  private void move() {
    try {
      List<Path> all;
      try (Stream<Path> files = Files.list(directory)) {
        all =
            files
                .filter(file -> !file.equals(aside) && !file.endsWith(OF_THE_FILE_SYSTEM))
                .toList();
      }
      for (Path file : all) {
        Files.move(file, aside.resolve(file.getFileName()));
      }
      var files = new DiskFiles();
      files.syncDirectory(aside);
      files.syncDirectory(directory);
      Files.delete(aside.resolve(INCOMPLETE));
      files.syncDirectory(aside);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot set aside what is in " + directory, e);
    }
  }
}
