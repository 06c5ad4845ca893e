package io.vecraft.storage.checkpoint;

import io.vecraft.index.memory.DamagedBlockException;
import io.vecraft.index.memory.StoredFile;
import io.vecraft.index.memory.StoredFiles;
import io.vecraft.storage.read.ShardId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directory of a shard replica: the files of its checkpoint and the manifest that names them.
 *
 * <p>Files are never overwritten and the manifest is replaced as a whole, so that a crash at any
 * point leaves the checkpoint before. Not thread-safe.
 */
public final class ShardDirectory {
  private static final String TEMPORARY = Manifest.NAME + ".tmp";
  private static final String DAMAGED = ".damaged";

  private final Path node;
  private final Path collection;
  private final Path path;
  private final Path aside;
  private final ShardId shard;

  /** The directory of a shard below that of its node; not made yet. */
  public ShardDirectory(Path node, ShardId shard) {
    this.node = node.toAbsolutePath();
    this.collection = this.node.resolve("collection-" + shard.collectionId());
    this.path = collection.resolve("shard-" + shard.shard());
    this.aside = collection.resolve("shard-" + shard.shard() + DAMAGED);
    this.shard = shard;
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /**
   * The checkpoint that is there.
   *
   * @throws DamagedBlockException when the manifest is damaged or belongs to another shard
   */
  public Optional<Manifest> load() throws IOException {
    Path file = path.resolve(Manifest.NAME);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    Manifest manifest;
    try {
      manifest = Manifest.decode(bytes);
    } catch (IOException e) {
      throw new DamagedBlockException(
          file, DamagedBlockException.WHOLE_FILE, String.valueOf(e.getMessage()));
    }
    if (!manifest.shard().equals(shard)) {
      throw new DamagedBlockException(
          file, DamagedBlockException.WHOLE_FILE, "it is of " + manifest.shard());
    }
    return Optional.of(manifest);
  }

  /** Makes the directory and its way there durable. */
  public void create() throws IOException {
    if (!Files.isDirectory(path)) {
      Files.createDirectories(path);
      sync(collection);
      sync(node);
    }
  }

  /** Makes a checkpoint whose files are durable the one that counts, and removes what it leaves. */
  public void commit(Manifest manifest) throws IOException {
    Path temporary = path.resolve(TEMPORARY);
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(manifest.encode());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    // The names of the new files must be durable before anything names them.
    sync(path);
    Files.move(temporary, path.resolve(Manifest.NAME), StandardCopyOption.ATOMIC_MOVE);
    sync(path);
    removeAllBut(Optional.of(manifest));
  }

  /** Removes files that no checkpoint names: of older ones, or of one that was not finished. */
  public void removeAllBut(Optional<Manifest> kept) throws IOException {
    if (!Files.isDirectory(path)) {
      return;
    }
    Set<String> names = new HashSet<>();
    kept.ifPresent(manifest -> {
      names.add(Manifest.NAME);
      manifest.contents().all().stream().map(StoredFile::name).forEach(names::add);
    });
    for (Path file : list(path)) {
      if (!names.contains(String.valueOf(file.getFileName()))) {
        Files.deleteIfExists(file);
      }
    }
  }

  /**
   * Compares every file of a checkpoint with its checksums, reading all of it.
   *
   * @throws DamagedBlockException at the first that differs
   */
  public void verify(Manifest manifest) throws IOException {
    for (StoredFile file : manifest.contents().all()) {
      StoredFiles.verify(path, file);
    }
  }

  /** Sets the files aside under another name; of several such sets the newest is kept. */
  public Optional<Path> setAside() throws IOException {
    if (!Files.isDirectory(path)) {
      return Optional.empty();
    }
    remove(aside);
    Files.move(path, aside, StandardCopyOption.ATOMIC_MOVE);
    sync(collection);
    return Optional.of(aside);
  }

  /** Removes the directory of a shard that is no more. */
  public void remove() throws IOException {
    remove(path);
    remove(aside);
    if (Files.isDirectory(collection) && list(collection).isEmpty()) {
      Files.deleteIfExists(collection);
    }
  }

  private static void remove(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      for (Path file : list(directory)) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
