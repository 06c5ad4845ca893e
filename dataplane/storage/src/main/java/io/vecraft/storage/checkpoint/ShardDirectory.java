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
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a shard replica: the files of its checkpoint and of the one before, and the
 * manifests that name them; files that have not changed belong to both.
 *
 * <p>Files are never overwritten and a manifest is replaced as a whole, so that a crash at any
 * point leaves the checkpoint before. Not thread-safe.
 */
public final class ShardDirectory {
  private static final String TEMPORARY = ".tmp";
  private static final String DAMAGED = ".damaged";
  private static final String COLLECTION = "collection-";

  private static final Logger LOG = LoggerFactory.getLogger(ShardDirectory.class);

  private final Path node;
  private final Path collection;
  private final Path path;
  private final Path aside;
  private final ShardId shard;

  /** The directory of a shard below that of its node; not made yet. */
  public ShardDirectory(Path node, ShardId shard) {
    this.node = node.toAbsolutePath();
    this.collection = this.node.resolve(COLLECTION + shard.collectionId());
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
    return load(path.resolve(Manifest.NAME));
  }

  /** The checkpoint before; empty if there is none or its manifest cannot be read. */
  public Optional<Manifest> loadPrevious() throws IOException {
    return loadPrevious(path);
  }

  private Optional<Manifest> loadPrevious(Path directory) throws IOException {
    try {
      return load(directory.resolve(Manifest.PREVIOUS));
    } catch (DamagedBlockException e) {
      LOG.warn("the checkpoint before cannot be used: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<Manifest> load(Path file) throws IOException {
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

  /**
   * Makes a checkpoint whose files are durable the one that counts, and removes what neither it nor
   * the one before needs.
   *
   * @param before the checkpoint that counted so far
   */
  public void commit(Manifest manifest, Optional<Manifest> before) throws IOException {
    // The names of the new files must be durable before anything names them.
    sync(path);
    if (before.isPresent()) {
      replace(Manifest.PREVIOUS, before.get());
    }
    replace(Manifest.NAME, manifest);
    removeAllBut(Optional.of(manifest), before);
  }

  private void replace(String name, Manifest manifest) throws IOException {
    Path temporary = path.resolve(name + TEMPORARY);
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
    Files.move(temporary, path.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    sync(path);
  }

  /**
   * Removes files that no checkpoint names: of older ones, or of one that was not finished.
   *
   * @param kept the checkpoint that counts
   * @param previous the one before
   */
  public void removeAllBut(Optional<Manifest> kept, Optional<Manifest> previous)
      throws IOException {
    if (!Files.isDirectory(path)) {
      return;
    }
    Set<String> names = new HashSet<>();
    kept.ifPresent(manifest -> {
      names.add(Manifest.NAME);
      manifest.contents().all().stream().map(StoredFile::name).forEach(names::add);
    });
    previous.ifPresent(manifest -> {
      names.add(Manifest.PREVIOUS);
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

  /**
   * Brings back the checkpoint before from files that were set aside, if all of it is whole.
   *
   * @return what counts now; empty, with nothing in the directory, if there is no such checkpoint
   */
  public Optional<Manifest> restorePrevious() throws IOException {
    Optional<Manifest> previous = loadPrevious(aside);
    if (previous.isEmpty()) {
      return Optional.empty();
    }
    try {
      take(aside, previous.get());
      return previous;
    } catch (DamagedBlockException e) {
      LOG.warn("the checkpoint before is damaged as well: {}", e.getMessage());
      remove(path);
      return Optional.empty();
    }
  }

  /**
   * Copies a checkpoint from another directory, verifying all of it, and makes it the one that
   * counts here.
   *
   * @throws DamagedBlockException if it is damaged; the directory is then to be removed
   */
  public void take(Path from, Manifest manifest) throws IOException {
    remove(path);
    create();
    for (StoredFile file : manifest.contents().all()) {
      Path copy = path.resolve(file.name());
      try {
        Files.copy(from.resolve(file.name()), copy);
      } catch (NoSuchFileException e) {
        throw new DamagedBlockException(
            from.resolve(file.name()), DamagedBlockException.WHOLE_FILE, "is missing");
      }
      sync(copy);
      // The copy, so that what was read is what is there.
      StoredFiles.verify(path, file);
    }
    commit(manifest, Optional.empty());
  }

  /** Removes the files of a copy that did not succeed. */
  public void discard() throws IOException {
    remove(path);
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

  /**
   * Removes what is below a node's directory of collections that are no more: a crash may have come
   * between a drop and the removal of its files.
   *
   * @param gone whether the collection of that id has been dropped
   */
  public static void removeCollections(Path node, LongPredicate gone) throws IOException {
    if (!Files.isDirectory(node)) {
      return;
    }
    for (Path directory : list(node)) {
      String name = String.valueOf(directory.getFileName());
      if (name.matches(COLLECTION + "\\d{1,18}")
          && gone.test(Long.parseLong(name.substring(COLLECTION.length())))) {
        for (Path shard : list(directory)) {
          remove(shard);
        }
        Files.delete(directory);
      }
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

  private static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
