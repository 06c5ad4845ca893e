package io.vecraft.storage.shard;

import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.index.memory.StoredFile;
import io.vecraft.index.metadata.MetadataIndex;
import io.vecraft.storage.read.ShardId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A shard as of one moment, on its way into files. Made while nothing is applied; written while the
 * shard goes on: what is appended later lies above the counts taken here, and what has changed
 * since is undone in the copy that is written.
 */
public final class ShardCut {
  private static final String ROWS = "rows";
  private static final String ENDS = "ends";
  private static final String PAYLOAD = "payload";
  private static final String IDS = "ids";
  private static final String NEWEST = "newest";
  private static final String VECTORS = "vectors";
  private static final String METADATA = "metadata";

  private final ShardState state;
  private final int rows;
  private final long payloadBytes;
  private final int vectors;
  private final IdTable.Cut ids;
  private final Optional<MetadataIndex.Cut> metadata;
  private final long appliedStamp;
  private final Compacted compacted;

  ShardCut(ShardState state) {
    this.state = state;
    this.rows = state.rows().size();
    this.payloadBytes = state.payloads().size();
    this.vectors = state.vectors().size();
    this.ids = state.ids().cut();
    this.metadata = state.metadata().map(MetadataIndex::cut);
    this.appliedStamp = state.appliedStamp();
    this.compacted = state.compacted();
  }

  /**
   * What is in the files of a shard.
   *
   * @param compacted what had been removed
   * @param rows operations that had not been removed
   * @param payloadBytes length of the payload log
   * @param idSlots slots of the table of ids
   * @param idsUsed at most so many of them are not empty
   * @param vectors ordinals given out
   * @param indexed whether there is an index of metadata
   * @param files by the part of the shard that they belong to
   */
  public record Contents(
      Compacted compacted,
      int rows,
      long payloadBytes,
      int idSlots,
      int idsUsed,
      int vectors,
      boolean indexed,
      Map<String, List<StoredFile>> files) {

    /** All files. */
    public List<StoredFile> all() {
      List<StoredFile> all = new ArrayList<>();
      files.values().forEach(all::addAll);
      return all;
    }

    /** Operations since the beginning. */
    public long operations() {
      return compacted.operations() + rows - compacted.rows();
    }

    private List<StoredFile> of(String part) {
      return files.getOrDefault(part, List.of());
    }
  }

  /** Operations in it. */
  public int rows() {
    return rows;
  }

  /** What had been removed. */
  public Compacted compacted() {
    return compacted;
  }

  /**
   * Stores it; only what has changed since the last call for the directory is written. Files are
   * durable when it returns, the directory's entries are not.
   *
   * @param generation part of the names of new files, never used before in the directory
   */
  public Contents write(Path directory, long generation) throws IOException {
    Map<String, List<StoredFile>> files = new TreeMap<>();
    ShardVectors vectorStore = state.vectors();
    files.put(ROWS, state.rows().writeRows(directory, generation, rows));
    files.put(ENDS, state.rows().writeEnds(directory, generation, rows, appliedStamp));
    files.put(PAYLOAD, state.payloads().write(directory, generation, payloadBytes));
    files.put(IDS, state.ids().write(ids, directory, generation, rows));
    files.put(NEWEST, vectorStore.writeNewest(directory, generation, vectors, rows));
    files.put(VECTORS, vectorStore.writeIndex(directory, generation, vectors));
    if (metadata.isPresent()) {
      files.put(METADATA, metadata.get().write(directory, generation));
    }
    return new Contents(
        compacted,
        rows,
        payloadBytes,
        ids.count(),
        ids.used(),
        vectors,
        metadata.isPresent(),
        files);
  }

  /**
   * Maps what {@link #write} stored.
   *
   * @param stamp everything up to here has been applied
   * @throws io.vecraft.index.memory.DamagedBlockException if a file is missing or another one, or
   *     damaged where it is read at once
   */
  public static ShardState open(
      ShardId id, ShardShape shape, Path directory, Contents contents, long stamp)
      throws IOException {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      VersionTable rows =
          VersionTable.open(directory, contents.of(ROWS), contents.of(ENDS), contents.rows());
      opened.add(rows);
      PayloadLog payloads =
          PayloadLog.open(directory, contents.of(PAYLOAD), contents.payloadBytes());
      opened.add(payloads);
      IdTable ids =
          IdTable.open(
              rows, payloads, directory, contents.of(IDS), contents.idSlots(), contents.idsUsed());
      opened.add(ids);
      ShardVectors vectors =
          ShardVectors.open(
              shape.vectors(),
              rows,
              directory,
              contents.of(VECTORS),
              contents.of(NEWEST),
              contents.vectors());
      opened.add(vectors);
      MetadataSchema schema = contents.indexed() ? shape.schema() : MetadataSchema.EMPTY;
      Optional<MetadataIndex> metadata = Optional.empty();
      if (contents.indexed()) {
        metadata = Optional.of(MetadataIndex.open(directory, contents.of(METADATA), schema));
      }
      ShardMemory memory = new ShardMemory(shape, rows, payloads, ids, vectors, metadata);
      ShardState state = new ShardState(id, memory, schema, stamp, contents.compacted());
      state.define(shape.schema());
      return state;
    } catch (IOException | RuntimeException e) {
      closeAll(opened, e);
      throw e;
    }
  }

  private static void closeAll(List<AutoCloseable> opened, Exception cause) {
    for (AutoCloseable each : opened.reversed()) {
      try {
        each.close();
      } catch (Exception e) {
        cause.addSuppressed(e);
      }
    }
  }
}
