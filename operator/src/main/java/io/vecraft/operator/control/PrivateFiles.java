package io.vecraft.operator.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that nobody else can look into, of files that nobody else can read: certificates and
 * keys are read from files, again and again. A file is replaced as a whole, and only where its text
 * is another. The directory's name has the process's id, so that a process which was killed leaves
 * nothing for good ({@link #dropLeftovers}). For one thread.
 */
final class PrivateFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PrivateFiles.class);
  private static final String PREFIX = "vecraft-control-";
  private static final Pattern NAME = Pattern.compile(PREFIX + "([0-9]{1,18})-.*");

  private final Path directory;
  private final Map<String, String> written = new HashMap<>();

  private PrivateFiles(Path directory) {
    this.directory = directory;
  }

  static PrivateFiles make() throws IOException {
    return new PrivateFiles(
        Files.createTempDirectory(
            PREFIX + ProcessHandle.current().pid() + "-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
  }

  /**
   * Deletes what processes have left behind that are no more, before this one has made any: in a
   * container one has the id of the one before.
   */
  static void dropLeftovers() {
    try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      for (Path directory : all.filter(PrivateFiles::isLeftover).toList()) {
        LOG.info("deleting {}, which a process that was killed has left", directory);
        delete(directory);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("what a process that was killed has left cannot be deleted", e);
    }
  }

  private static boolean isLeftover(Path directory) {
    Matcher name = NAME.matcher(directory.getFileName().toString());
    if (!name.matches() || !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    long pid = Long.parseLong(name.group(1));
    return pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty();
  }

  /** Where a file is or will be. */
  Path path(String name) {
    return directory.resolve(name);
  }

  /** Gives a file this text. */
  void write(String name, String text) throws IOException {
    if (text.equals(written.get(name))) {
      return;
    }
    Path fresh =
        Files.createTempFile(
            directory,
            name,
            ".new",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(fresh, text, StandardCharsets.UTF_8);
    Files.move(
        fresh, path(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    written.put(name, text);
  }

  @Override
  public void close() throws IOException {
    delete(directory);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory);
  }
}
