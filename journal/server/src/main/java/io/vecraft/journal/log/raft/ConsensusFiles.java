package io.vecraft.journal.log.raft;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.proto.journal.AppliedPosition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;

/**
 * The files of one group's consensus log. What is missing or damaged there had perhaps been
 * acknowledged or voted for: it is named, and never made up for.
 */
final class ConsensusFiles {
  private static final String META = "raft-meta";

  /** ENOSPC, EDQUOT, EMFILE and ENFILE, EACCES, EROFS, EIO. */
  private static final List<String> PASSING =
      List.of(
          "No space left on device",
          "Disk quota exceeded",
          "Too many open files",
          "Permission denied",
          "Read-only file system",
          "Input/output error");

  private final FileAccess files;
  private final Path root;
  private final Path current;

  ConsensusFiles(FileAccess files, Path root) {
    this.files = files;
    this.root = root;
    this.current = root.resolve("current");
  }

  /**
   * Checks that a replica that existed has its log, and that one that did not has none.
   *
   * @throws VecraftException {@code data_damaged}
   */
  void checkComplete(boolean fresh) throws IOException {
    boolean there = files.exists(current.resolve(META));
    if (!fresh && !there) {
      throw new VecraftException(
          ErrorCode.DATA_DAMAGED, current.resolve(META) + " is missing: its votes are lost");
    }
    if (fresh && there && !logs().isEmpty()) {
      throw new VecraftException(
          ErrorCode.DATA_DAMAGED, root + " has a log, and nothing says how far it was applied");
    }
  }

  /**
   * Checks that the log goes on from where the replica is.
   *
   * @throws VecraftException {@code data_damaged}
   */
  void checkGoesOn(RaftLog log, AppliedPosition applied) {
    if (log.getLastEntryTermIndex() != null && log.getStartIndex() > applied.getIndex() + 1) {
      throw new VecraftException(
          ErrorCode.DATA_DAMAGED,
          "%s begins with entry %d, the replica has applied up to %d"
              .formatted(current, log.getStartIndex(), applied.getIndex()));
    }
  }

  /**
   * Says why the log does not open: {@code unavailable} where the machine lacks something, which
   * may pass and says nothing of the files; else {@code data_damaged} with the file that cannot be
   * read.
   */
  VecraftException notOpened(Throwable cause) {
    if (isOfTheMachine(cause)) {
      return new VecraftException(
          ErrorCode.UNAVAILABLE, current + " cannot be opened now: " + message(cause));
    }
    try {
      for (Path path : logs()) {
        try {
          LogSegment.readSegmentFile(
              path.toFile(),
              LogSegmentPath.matchLogSegment(path).getStartEnd(),
              SizeInBytes.valueOf(RaftConfig.ENTRY_BYTES_MAX),
              CorruptionPolicy.EXCEPTION,
              null,
              entry -> {});
        } catch (IOException | RuntimeException e) {
          return new VecraftException(
              isOfTheMachine(e) ? ErrorCode.UNAVAILABLE : ErrorCode.DATA_DAMAGED,
              path + ": " + message(e));
        }
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    return new VecraftException(
        ErrorCode.DATA_DAMAGED, current + " cannot be opened: " + message(cause));
  }

  /** By the words of the operating system, which is all that Java tells of its errors. */
  private static boolean isOfTheMachine(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      String text = String.valueOf(e.getMessage());
      if (e instanceof IOException && PASSING.stream().anyMatch(text::contains)) {
        return true;
      }
    }
    return false;
  }

  private List<Path> logs() throws IOException {
    if (!files.exists(current)) {
      return List.of();
    }
    return files.list(current).stream()
        .filter(path -> LogSegmentPath.matchLogSegment(path) != null)
        .toList();
  }

  private static String message(Throwable error) {
    Throwable deepest = error;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest.getClass().getSimpleName() + ": " + deepest.getMessage();
  }
}
