package io.vecraft.operator.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A directory that nobody else can look into, of files that nobody else can read: certificates and
 * keys are read from files, again and again. A file is replaced as a whole, and only where its text
 * is another. For one thread.
 */
final class PrivateFiles implements AutoCloseable {
  private final Path directory;
  private final Map<String, String> written = new HashMap<>();

  private PrivateFiles(Path directory) {
    this.directory = directory;
  }

  static PrivateFiles make() throws IOException {
    return new PrivateFiles(
        Files.createTempDirectory(
            "vecraft-control-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
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
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory);
  }
}
