package io.vecraft.storage.shard;

import io.vecraft.index.filter.MetadataSchema;
import io.vecraft.index.metadata.MetadataException;
import io.vecraft.index.metadata.MetadataIndex;
import io.vecraft.index.metadata.MetadataJson;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Patch;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.TransactionOutcome;
import io.vecraft.proto.journal.Upsert;
import io.vecraft.storage.read.ShardId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of one shard: a deterministic state machine of the merged log, outside the Java heap.
 *
 * <p>Every operation that belongs to the shard makes one row, in stamp order; a record is a chain
 * of rows, newest first. A version is visible at S iff {@code begin <= S < end}. Conditions are
 * checked here, at their place in the order, against the state that the log alone has made: so
 * replicas agree.
 *
 * <p>One thread applies, in stamp order. Any number read at the same time, at stamps that are not
 * above {@link #appliedStamp()}; they take no locks. {@link #prepare} may run on the applying
 * thread only.
 */
public final class ShardState implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardState.class);
  private static final int NONE = VersionTable.NONE;

  private final ShardId id;
  private final ShardMemory memory;
  private final VersionTable rows;
  private final PayloadLog payloads;
  private final IdTable ids;
  private final ShardVectors vectors;
  private volatile Optional<MetadataIndex> metadata;
  private volatile MetadataSchema schema;
  private volatile long appliedStamp;
  private volatile Compacted compacted;
  private long recordStamp;
  private long context;

  /** A state over memory that is empty or was mapped from a checkpoint. */
  ShardState(
      ShardId id,
      ShardMemory memory,
      MetadataSchema schema,
      long appliedStamp,
      Compacted compacted) {
    this.id = id;
    this.memory = memory;
    this.rows = memory.rows();
    this.payloads = memory.payloads();
    this.ids = memory.ids();
    this.vectors = memory.vectors();
    this.metadata = memory.metadata();
    this.schema = schema;
    this.appliedStamp = appliedStamp;
    this.compacted = compacted;
  }

  /** An empty shard. */
  public static ShardState create(ShardId id, ShardShape shape) {
    return new ShardState(id, ShardMemory.create(shape), shape.schema(), 0, Compacted.NOTHING);
  }

  public ShardId id() {
    return id;
  }

  /** Stamp of the last record applied; a record at or below it is not applied again. */
  public long appliedStamp() {
    return appliedStamp;
  }

  /** What has been removed; nothing is read at or below its stamp but what is visible there. */
  public Compacted compacted() {
    return compacted;
  }

  /** Says that all above is all there is, up to a stamp: by a compaction that has copied it. */
  void copied(long upTo, Compacted removed) {
    appliedStamp = upTo;
    compacted = removed;
  }

  /** Takes a changed definition into use. */
  public void define(MetadataSchema newSchema) {
    if (newSchema.equals(schema)) {
      return;
    }
    if (metadata.isPresent()) {
      metadata.get().declare(newSchema);
    } else {
      metadata = indexAll(newSchema);
    }
    schema = newSchema;
  }

  private Optional<MetadataIndex> indexAll(MetadataSchema newSchema) {
    Optional<MetadataIndex> made = ShardMemory.metadata(newSchema);
    for (int row = 0; made.isPresent() && row < rows.size(); row++) {
      RowKind kind = rows.kind(row);
      if (kind.effective() && kind != RowKind.DELETED) {
        index(made.get(), row, payloads.metadata(rows.payload(row)));
      }
    }
    return made;
  }

  /**
   * Stores vectors of a DATA record that will be applied later, so that they can be put into the
   * graph ahead of it. Fills {@code ordinals} at the positions of this shard's unconditional
   * upserts.
   */
  public void prepare(Record record, int operation, int[] ordinals) {
    Operation op = record.getOperations(operation);
    if (op.hasUpsert() && !Preconditions.conditional(op)) {
      Upsert upsert = op.getUpsert();
      int newest = ids.find(upsert.getIdBytes().toByteArray());
      if (newest == NONE || !vectors.holds(rows.ordinal(newest), upsert.getVector())) {
        ordinals[operation] = vectors.store(upsert.getVector());
      }
    }
  }

  /**
   * Applies operations of a DATA record, each on its own.
   *
   * @param operations positions in the record, ascending
   * @param prepared ordinals by position as {@link #prepare} filled them in; may be empty
   */
  public void apply(Record record, List<Integer> operations, int[] prepared) {
    begin(record);
    for (int position : operations) {
      Operation operation = record.getOperations(position);
      int ordinal = position < prepared.length ? prepared[position] : NONE;
      byte[] recordId = Preconditions.idBytes(operation);
      int newest = ids.find(recordId);
      switch (Preconditions.check(operation, version(newest))) {
        case HOLDS -> write(position, operation, recordId, newest, ordinal, MetadataJson.BYTES_MAX);
        case CONFLICT -> without(position, recordId, RowKind.CONFLICT);
        case NOT_FOUND -> without(position, recordId, RowKind.NOT_FOUND);
      }
    }
    end(record);
  }

  /**
   * Applies a transaction that this shard decides alone: all of it is here, or it has no
   * preconditions. All preconditions are checked against the state before it.
   */
  public void applyTransaction(Record record, List<Integer> operations) {
    Set<Integer> failed = new HashSet<>();
    for (int position : operations) {
      Operation operation = record.getOperations(position);
      if (verdict(operation) != Preconditions.Verdict.HOLDS) {
        failed.add(position);
      }
    }
    applyAll(record, operations, failed.isEmpty(), failed);
  }

  /** Applies this shard's part of a transaction whose outcome is in the log. */
  public void applyDecided(Record record, List<Integer> operations, TransactionOutcome outcome) {
    applyAll(
        record,
        operations,
        outcome.getCommitted(),
        new HashSet<>(outcome.getFailedOperationsList()));
  }

  private void applyAll(
      Record record, List<Integer> operations, boolean committed, Set<Integer> failed) {
    begin(record);
    for (int position : operations) {
      Operation operation = record.getOperations(position);
      byte[] recordId = Preconditions.idBytes(operation);
      if (committed) {
        // All or nothing: a patch that makes the metadata large is not refused here.
        write(position, operation, recordId, ids.find(recordId), NONE, Integer.MAX_VALUE);
      } else if (failed.contains(position)) {
        boolean missing = verdict(operation) == Preconditions.Verdict.NOT_FOUND;
        without(position, recordId, missing ? RowKind.NOT_FOUND : RowKind.CONFLICT);
      } else {
        without(position, recordId, RowKind.ABORTED);
      }
    }
    end(record);
  }

  private Preconditions.Verdict verdict(Operation operation) {
    return Preconditions.check(operation, version(ids.find(Preconditions.idBytes(operation))));
  }

  private void begin(Record record) {
    if (record.getStamp() <= appliedStamp) {
      throw new IllegalStateException(
          id + ": record at " + record.getStamp() + " after " + appliedStamp);
    }
    recordStamp = record.getStamp();
    context = payloads.appendContext(record.getRequestId(), record.getPrincipal());
  }

  private void end(Record record) {
    appliedStamp = record.getStamp();
  }

  private OptionalLong version(int newest) {
    return newest == NONE || rows.kind(newest) == RowKind.DELETED
        ? OptionalLong.empty()
        : OptionalLong.of(rows.begin(newest));
  }

  private void write(
      int position, Operation operation, byte[] recordId, int newest, int prepared, int bytesMax) {
    boolean exists = version(newest).isPresent();
    switch (operation.getKindCase()) {
      case UPSERT -> {
        Upsert upsert = operation.getUpsert();
        int ordinal = prepared;
        if (ordinal == NONE) {
          boolean same = newest != NONE && vectors.holds(rows.ordinal(newest), upsert.getVector());
          ordinal = same ? rows.ordinal(newest) : vectors.store(upsert.getVector());
        }
        RowKind kind = exists ? RowKind.REPLACED : RowKind.CREATED;
        version(position, kind, recordId, upsert.getMetadata().toByteArray(), newest, ordinal);
      }
      case PATCH -> patch(position, operation.getPatch(), recordId, newest, exists, bytesMax);
      case DELETE -> {
        if (exists) {
          version(position, RowKind.DELETED, recordId, PayloadLog.EMPTY, newest, NONE);
        } else {
          without(position, recordId, RowKind.NOT_FOUND);
        }
      }
      default -> throw new IllegalArgumentException("operation " + operation.getKindCase());
    }
  }

  private void patch(
      int position, Patch patch, byte[] recordId, int newest, boolean exists, int bytesMax) {
    if (!exists) {
      without(position, recordId, RowKind.NOT_FOUND);
      return;
    }
    Optional<byte[]> merged;
    try {
      merged =
          MetadataJson.merge(
              payloads.metadata(rows.payload(newest)), patch.getMetadata().toByteArray(), bytesMax);
    } catch (MetadataException | IllegalArgumentException e) {
      LOG.warn("{}: patch at {} is not metadata: {}", id, recordStamp, e.getMessage());
      merged = Optional.empty();
    }
    if (merged.isEmpty()) {
      without(position, recordId, RowKind.CONFLICT);
      return;
    }
    version(position, RowKind.PATCHED, recordId, merged.get(), newest, rows.ordinal(newest));
  }

  /** Appends a version of a record and makes it the newest. */
  private void version(
      int position, RowKind kind, byte[] recordId, byte[] json, int newest, int ordinal) {
    long payload = payloads.append(context, recordId, json);
    int row = rows.append(recordStamp, payload, newest, ordinal, position, kind);
    if (kind != RowKind.DELETED) {
      index(row, json);
    }
    if (ordinal != NONE) {
      vectors.point(ordinal, row);
    }
    if (newest != NONE) {
      rows.setEnd(newest, recordStamp);
    }
    ids.put(recordId, newest, row);
  }

  /** Indexes the metadata of a row that was appended from outside, if there is an index. */
  void index(int row, byte[] json) {
    if (metadata.isPresent()) {
      index(metadata.get(), row, json);
    }
  }

  private void index(MetadataIndex into, int row, byte[] json) {
    try {
      into.add(row, json);
    } catch (MetadataException | IllegalArgumentException e) {
      // The gateway validates; a record that slipped through is found by scans alone.
      LOG.warn("{}: metadata at {} is not indexed: {}", id, recordStamp, e.getMessage());
    }
  }

  private void without(int position, byte[] recordId, RowKind kind) {
    long payload = payloads.append(context, recordId, PayloadLog.EMPTY);
    rows.append(recordStamp, payload, NONE, NONE, position, kind);
  }

  /** The reads of this state. */
  public ShardReads reads() {
    return new ShardReads(this);
  }

  VersionTable rows() {
    return rows;
  }

  PayloadLog payloads() {
    return payloads;
  }

  IdTable ids() {
    return ids;
  }

  /** Vectors and their graph. */
  public ShardVectors vectors() {
    return vectors;
  }

  /** The index of declared fields; empty while none is declared. */
  Optional<MetadataIndex> metadata() {
    return metadata;
  }

  /** The declared fields. */
  public MetadataSchema schema() {
    return schema;
  }

  /** What a checkpoint of this moment holds; by the applying thread or while it stands still. */
  public ShardCut cut() {
    return new ShardCut(this);
  }

  ShardMemory memory() {
    return memory;
  }

  /** Whether there is an index of declared metadata fields. */
  public boolean indexed() {
    return metadata.isPresent();
  }

  /** About the bytes that an operation takes: its payload and vector. */
  public long bytesPerRow() {
    long vector = memory.shape().vectors().dimension() * (long) Float.BYTES;
    return vector + payloads.size() / Math.max(1, rows.size());
  }

  /** Rows, one for each operation that has not been removed. */
  public int size() {
    return rows.size();
  }

  /** Records at the last stamp applied. */
  public int records() {
    int size = rows.size();
    return size == 0 ? 0 : rows.live(size - 1);
  }

  /** Operations applied since the beginning. */
  public long operations() {
    return compacted.operations() + rows.size() - compacted.rows();
  }

  /** Memory outside the Java heap. */
  public long offHeapBytes() {
    return memory.offHeapBytes();
  }

  /** Frees the memory. No read may be under way. */
  @Override
  public void close() {
    memory.close();
  }
}
