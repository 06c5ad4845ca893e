package io.vecraft.journal.log.raft;

import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes durable the names that Ratis gives to files: it syncs files, and never a directory. Safe
 * for concurrent use. A sync that fails is fatal.
 *
 * <p>When it is called, and what that makes safe against a loss of power:
 *
 * <ul>
 *   <li>before a vote is answered ({@link VoteGuard}): the term and the vote
 *   <li>when a leader becomes known, this replica itself included, which Ratis tells before the
 *       leader's first message leaves and before a follower's first answer does: the term
 *   <li>by the log's writer before it takes anything as flushed: new and renamed log segments
 *   <li>after a change of members is applied: the file with the members
 * </ul>
 *
 * <p>What remains: the removal of purged log segments may be undone, which Ratis removes again; a
 * term that was adopted from an answer and in which nothing was said or heard yet may be forgotten,
 * which is harmless.
 */
final class DirectorySync {
  private final FileAccess files;
  private final FatalError fatal;
  private final Path root;
  private final Path current;
  private List<Path> synced = List.of();

  /**
   * Syncs a group's directory.
   *
   * @param root of the group; what is in {@code current} is the log, the term and the vote
   */
  DirectorySync(FileAccess files, FatalError fatal, Path root) {
    this.files = files;
    this.fatal = fatal;
    this.root = root;
    this.current = root.resolve("current");
  }

  /** Syncs everything down from the directory of all groups. */
  synchronized void syncAll() {
    try {
      Path parent = root.toAbsolutePath().getParent();
      if (parent != null) {
        files.syncDirectory(parent);
      }
      files.syncDirectory(root);
    } catch (IOException e) {
      fatal.die("cannot sync " + root, e);
    }
    sync();
  }

  /** Syncs the names of the group's files. */
  synchronized void sync() {
    try {
      synced = files.list(current);
      files.syncDirectory(current);
    } catch (IOException e) {
      fatal.die("cannot sync " + current, e);
    }
  }

  /** Syncs if there are other names than at the last time. */
  synchronized void syncNewNames() {
    try {
      if (!files.list(current).equals(synced)) {
        sync();
      }
    } catch (IOException e) {
      fatal.die("cannot list " + current, e);
    }
  }
}
