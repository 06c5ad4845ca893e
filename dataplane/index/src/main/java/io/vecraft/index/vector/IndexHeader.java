package io.vecraft.index.vector;

import io.vecraft.index.memory.ByteLog;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a checkpoint says beside its rows.
 *
 * @param config the shape that the index was made with
 * @param count vectors stored
 * @param upperRows rows of the graph's upper levels
 * @param entry entry node of the graph, or {@link Graph#NO_NODE}
 * @param mean what the codes subtract, once it is fixed
 */
record IndexHeader(
    VectorIndexConfig config, int count, int upperRows, int entry, Optional<Mean> mean) {
  private static final String NAME = "header";
  private static final int VERSION = 2;

  /** In it no link says that it was selected together with others, which is allowed. */
  private static final int VERSION_OF_UNMARKED_LINKS = 1;

  private static final int FIXED_BYTES = 11 * Integer.BYTES;

  /** The numbers of a mean. */
  @SuppressWarnings("ArrayRecordComponent")
  record Mean(float[] numbers) {}

  List<StoredFile> write(Path directory, long generation) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length(config)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(VERSION).putInt(Graph.LEVELS_VERSION);
    bytes.putInt(config.dimension()).putInt(config.metric().ordinal());
    bytes.putInt(config.m()).putInt(config.efConstruction());
    bytes.putInt(config.quantization().ordinal());
    bytes.putInt(count).putInt(upperRows).putInt(entry);
    bytes.putInt(mean.isPresent() ? 1 : 0);
    mean.ifPresent(m -> bytes.asFloatBuffer().put(m.numbers()));
    try (ByteLog log = ByteLog.create(NAME)) {
      log.append(bytes.array());
      return new ArrayList<>(log.write(directory, generation, log.size()));
    }
  }

  /**
   * Reads the header of a checkpoint.
   *
   * @throws IllegalArgumentException if the index was made with another shape than {@code config}
   */
  static IndexHeader read(VectorIndexConfig config, IndexFiles files) throws IOException {
    long size = Integer.BYTES + (long) length(config);
    try (ByteLog log = ByteLog.open(NAME, files.directory(), files.of(NAME), size)) {
      ByteBuffer bytes = ByteBuffer.wrap(log.read(0)).order(ByteOrder.LITTLE_ENDIAN);
      int version = bytes.getInt();
      int levels = bytes.getInt();
      boolean known = version == VERSION || version == VERSION_OF_UNMARKED_LINKS;
      if (!known || levels != Graph.LEVELS_VERSION) {
        throw new IllegalArgumentException(
            "index of version %d.%d is not supported".formatted(version, levels));
      }
      int dimension = bytes.getInt();
      int metric = bytes.getInt();
      int m = bytes.getInt();
      bytes.getInt(); // efConstruction may change
      int quantization = bytes.getInt();
      if (dimension != config.dimension()
          || metric != config.metric().ordinal()
          || m != config.m()
          || quantization != config.quantization().ordinal()) {
        throw new IllegalArgumentException("the index was made with another shape: " + config);
      }
      int count = bytes.getInt();
      int upperRows = bytes.getInt();
      int entry = bytes.getInt();
      Optional<Mean> mean = Optional.empty();
      if (bytes.getInt() == 1) {
        float[] numbers = new float[dimension];
        bytes.asFloatBuffer().get(numbers);
        mean = Optional.of(new Mean(numbers));
      }
      return new IndexHeader(config, count, upperRows, entry, mean);
    }
  }

  private static int length(VectorIndexConfig config) {
    return FIXED_BYTES + config.dimension() * Float.BYTES;
  }
}
