package io.vecraft.journal.log.raft;

import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.SegmentSettings;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a replica is given by another, in a directory beside its own until it is whole. It is whole
 * once it has an {@link AppliedFile}; from then on it takes the place of the replica's own, after a
 * crash in between too. Raft is told only of what is whole: so the log never goes on from a place
 * that the segments have not reached.
 */
final class Incoming {
  private final FileAccess files;
  private final Path own;
  private final Path directory;
  private final Path old;

  Incoming(FileAccess files, Path own) {
    this.files = files;
    this.own = own;
    this.directory = own.resolveSibling(own.getFileName() + ".incoming");
    this.old = own.resolveSibling(own.getFileName() + ".old");
  }

  /** Begins with an empty directory. */
  Path begin() throws IOException {
    delete(directory);
    files.makeDirectories(directory);
    return directory;
  }

  /** A replica's settings, for the directory. */
  SegmentSettings settings(SegmentSettings of) {
    return new SegmentSettings(
        directory,
        of.clusterId(),
        of.incarnation(),
        of.partition(),
        of.segmentBytes(),
        of.segmentAge(),
        false);
  }

  /** Puts what is whole in the place of the replica's own, and removes what is not needed. */
  void adoptComplete() throws IOException {
    if (files.exists(directory.resolve(AppliedFile.NAME))) {
      if (files.exists(own) && !files.list(own).isEmpty()) {
        delete(old);
        files.rename(own, old);
      }
      files.rename(directory, own);
      Path parent = own.toAbsolutePath().getParent();
      if (parent != null) {
        files.syncDirectory(parent);
      }
    } else {
      delete(directory);
    }
    delete(old);
  }

  /** Deletes a directory of files, if it is there. */
  private void delete(Path of) throws IOException {
    if (files.exists(of)) {
      // First what says that it is whole.
      if (files.exists(of.resolve(AppliedFile.NAME))) {
        files.delete(of.resolve(AppliedFile.NAME));
      }
      for (Path file : files.list(of)) {
        files.delete(file);
      }
      files.delete(of);
    }
  }
}
