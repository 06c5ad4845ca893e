package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.segment.FileAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What a journal directory belongs to. Kept in its file {@value #FILE}, which a person can read:
 * one {@code key=value} a line, the last a checksum of those before.
 *
 * @param clusterId made with the journal
 * @param incarnation from 1; raised by a restore and by an accepted loss, so that what was given
 *     out before (tokens, checkpoints) is recognised
 * @param partitions those that the journal was made with; the SYSTEM log names those added since
 */
public record ClusterIdentity(UUID clusterId, long incarnation, Partitions partitions) {
  static final String FILE = "identity";
  private static final int FORMAT = 1;
  private static final int MAX_BYTES = 4096;

  public ClusterIdentity {
    if (incarnation < 1) {
      throw new IllegalArgumentException("incarnation " + incarnation + " below 1");
    }
  }

  /** The identity of a journal that is being made. */
  static ClusterIdentity create(Partitions partitions) {
    return new ClusterIdentity(UUID.randomUUID(), 1, partitions);
  }

  ClusterIdentity nextIncarnation() {
    return new ClusterIdentity(clusterId, incarnation + 1, partitions);
  }

  /**
   * The identity of a journal's directory; empty if there is none yet.
   *
   * @throws VecraftException {@code data_damaged} when it cannot be read
   */
  public static Optional<ClusterIdentity> read(Path directory) {
    try {
      return read(new DiskFiles(), directory);
    } catch (IOException e) {
      throw new VecraftException(
          ErrorCode.DATA_DAMAGED, "the identity in " + directory + " cannot be read: " + e);
    }
  }

  /** The identity of a directory; empty if it has none. */
  static Optional<ClusterIdentity> read(FileAccess files, Path directory) throws IOException {
    Path path = directory.resolve(FILE);
    Optional<String> text = CheckedFile.read(files, path, MAX_BYTES);
    return text.isEmpty() ? Optional.empty() : Optional.of(parse(path, text.get()));
  }

  private static ClusterIdentity parse(Path path, String text) {
    Map<String, String> values = new HashMap<>();
    text.lines()
        .forEach(line -> {
          int at = line.indexOf('=');
          values.put(line.substring(0, Math.max(0, at)), line.substring(at + 1));
        });
    try {
      int format = Integer.parseInt(values.getOrDefault("format", ""));
      if (format != FORMAT) {
        throw CheckedFile.damaged(path, "format " + format + ", this program reads " + FORMAT);
      }
      return new ClusterIdentity(
          UUID.fromString(values.getOrDefault("cluster_id", "")),
          Long.parseLong(values.getOrDefault("incarnation", "")),
          new Partitions(Integer.parseInt(values.getOrDefault("data_partitions", ""))));
    } catch (IllegalArgumentException e) {
      throw CheckedFile.damaged(path, e.toString());
    }
  }

  /** Writes the identity, atomically and durably. */
  void write(FileAccess files, Path directory) throws IOException {
    String text =
        "format=%d\ncluster_id=%s\nincarnation=%d\ndata_partitions=%d\n"
            .formatted(FORMAT, clusterId, incarnation, partitions.dataPartitions());
    CheckedFile.write(files, directory, FILE, text);
  }
}
