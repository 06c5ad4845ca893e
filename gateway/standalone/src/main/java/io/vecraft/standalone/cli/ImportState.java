package io.vecraft.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * How far an import has come, in a small file that outlives the process: the name of the run, which
 * makes its request ids, and how many records from the start are acknowledged. Safe for use by many
 * threads.
 *
 * <p>What is lost of it is only work: a batch that is sent again has the request id that it had.
 */
final class ImportState {
  private static final long SAVE_EVERY_NS = 1_000_000_000L;

  private final Path file;
  private final String fingerprint;
  private final String run;
  // Guarded by this.
  private long acknowledged;
  private final TreeMap<Long, Long> ahead = new TreeMap<>();
  private long saved = System.nanoTime();

  private ImportState(Path file, String fingerprint, String run, long acknowledged) {
    this.file = file;
    this.fingerprint = fingerprint;
    this.run = run;
    this.acknowledged = acknowledged;
  }

  /** Where the states of this user's imports are kept. */
  static Path directory() {
    String base =
        Optional.ofNullable(System.getenv("XDG_STATE_HOME"))
            .filter(dir -> !dir.isBlank())
            .orElse(System.getProperty("user.home") + "/.local/state");
    return Path.of(base, "vecraft", "imports");
  }

  /**
   * The state of the import of {@code source}; a new one when there is none, when the file or the
   * way it is read has changed since, or when told so.
   *
   * @param target the server and the collection
   */
  static ImportState open(
      Path directory, String target, Path source, int batch, String options, boolean restart)
      throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve(digest(target + "\n" + source.toRealPath()) + ".json");
    String fingerprint =
        digest(
            Files.size(source)
                + "\n"
                + Files.getLastModifiedTime(source).toMillis()
                + "\n"
                + batch
                + "\n"
                + options);
    if (!restart && Files.exists(file)) {
      JsonNode before = Api.JSON.readTree(Files.readAllBytes(file));
      if (before.path("fingerprint").asText().equals(fingerprint)) {
        return new ImportState(
            file, fingerprint, before.path("run").asText(), before.path("acknowledged").asLong());
      }
    }
    ImportState state = new ImportState(file, fingerprint, UUID.randomUUID().toString(), 0);
    state.save();
    return state;
  }

  String run() {
    return run;
  }

  /** How many records from the start are acknowledged, without a gap. */
  synchronized long acknowledged() {
    return acknowledged;
  }

  /** Records {@code start} to {@code end - 1} are acknowledged. */
  synchronized void acknowledge(long start, long end) {
    ahead.put(start, end);
    while (!ahead.isEmpty() && ahead.firstKey() <= acknowledged) {
      acknowledged = Math.max(acknowledged, ahead.pollFirstEntry().getValue());
    }
    long now = System.nanoTime();
    if (now - saved >= SAVE_EVERY_NS) {
      saved = now;
      save();
    }
  }

  /** The import is whole; the next one is another run. */
  synchronized void finish() throws IOException {
    Files.deleteIfExists(file);
  }

  private synchronized void save() {
    ObjectNode state = Api.object();
    state.put("run", run).put("fingerprint", fingerprint).put("acknowledged", acknowledged);
    try {
      Path part = file.resolveSibling(file.getFileName() + ".part");
      Files.write(part, Api.JSON.writeValueAsBytes(state));
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep the state of the import in " + file, e);
    }
  }

  private static String digest(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
