package io.vecraft.e2e.cluster;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A small file system in memory for one directory, which can be filled. Needs root. */
final class SmallDisk {
  private static final long COMMAND_SECONDS = 30;
  private static final String FILLER = "filler";

  private final Path directory;

  private SmallDisk(Path directory) {
    this.directory = directory;
  }

  /** Makes one at an empty directory. */
  static SmallDisk mount(Path directory, int mebibytes) throws IOException {
    Files.createDirectories(directory);
    command("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "vecraft", directory);
    return new SmallDisk(directory);
  }

  /** Why there can be none; empty when there can, which is tried. */
  static Optional<String> problem(Path scratch) {
    try {
      mount(scratch, 1).unmount();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Fills it to the last byte; again, when somebody has freed some of it. */
  void fill() throws IOException {
    try (OutputStream out = Files.newOutputStream(directory.resolve(FILLER), CREATE, APPEND)) {
      byte[] block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      if (Files.getFileStore(directory).getUsableSpace() > 0) {
        throw e;
      }
    }
  }

  /** Whether nothing more can be written. */
  boolean isFull() throws IOException {
    return Files.getFileStore(directory).getUsableSpace() == 0;
  }

  /** Frees what {@link #fill} took. */
  void free() throws IOException {
    Files.deleteIfExists(directory.resolve(FILLER));
  }

  /** Removes it with everything in it. */
  void unmount() throws IOException {
    command("umount", "-l", directory);
  }

  private static void command(Object... words) throws IOException {
    List<String> command = List.of(words).stream().map(Object::toString).toList();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + ": " + told.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
