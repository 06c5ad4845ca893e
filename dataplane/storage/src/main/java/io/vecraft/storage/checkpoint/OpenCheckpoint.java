package io.vecraft.storage.checkpoint;

import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A checkpoint whose files are open: they can be read to their ends though they are replaced and
 * removed meanwhile. For one thread.
 */
public final class OpenCheckpoint implements AutoCloseable {
  private final Manifest manifest;
  private final Map<String, FileChannel> files = new LinkedHashMap<>();

  private OpenCheckpoint(Manifest manifest) {
    this.manifest = manifest;
  }

  /** Opens the files of a checkpoint that nobody removes at this moment. */
  public static OpenCheckpoint open(Path directory, Manifest manifest) throws IOException {
    var open = new OpenCheckpoint(manifest);
    try {
      for (StoredFile file : manifest.contents().all()) {
        open.files.put(
            file.name(), FileChannel.open(directory.resolve(file.name()), StandardOpenOption.READ));
      }
      return open;
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  public Manifest manifest() {
    return manifest;
  }

  /** The files by name; not to be closed. */
  public Map<String, FileChannel> files() {
    return files;
  }

  @Override
  public void close() throws IOException {
    for (FileChannel file : files.values()) {
      file.close();
    }
  }
}
