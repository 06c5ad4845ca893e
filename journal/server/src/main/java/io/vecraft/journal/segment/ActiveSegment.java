package io.vecraft.journal.segment;

import io.vecraft.journal.partition.PartitionState;
import io.vecraft.journal.partition.RequestEntry;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.journal.segment.FlushMark.Mark;
import io.vecraft.proto.journal.PartitionSnapshot;
import io.vecraft.proto.journal.Record;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The segment that is being written. One writer; readers use {@link #segment()} up to {@link
 * #flushedEnd()}.
 *
 * <p>A batch is written only after the one before it was flushed, so that only the last can be
 * torn.
 */
final class ActiveSegment implements AutoCloseable {
  private static final int BUFFER_KEPT_BYTES = 8 << 20;

  private final Path directory;
  private final Segment segment;
  private final OpenFile file;
  private final RequestIndex requests = new RequestIndex();
  private final CRC32C fileCrc = new CRC32C();
  private ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
  private int lastCrc;
  private long end;
  private volatile long flushedEnd;

  private ActiveSegment(Path directory, Segment segment, OpenFile file) {
    this.directory = directory;
    this.segment = segment;
    this.file = file;
    this.lastCrc = segment.header().previousCrc();
    this.end = SegmentHeader.BYTES;
    this.flushedEnd = end;
    fileCrc.update(segment.header().encode());
  }

  /** Makes a segment, durably, its name too. */
  static ActiveSegment create(FileAccess files, Path directory, SegmentHeader header)
      throws IOException {
    Path path = Segment.open(directory, header.firstOffset());
    OpenFile file = files.create(path);
    file.write(header.encode(), 0);
    file.sync();
    files.syncDirectory(directory);
    return new ActiveSegment(directory, segmentOf(path, header), file);
  }

  /** Takes up a segment again; {@link #recovered} follows for each of its records. */
  static ActiveSegment reopen(OpenFile file, Path directory, Path path, SegmentHeader header) {
    return new ActiveSegment(directory, segmentOf(path, header), file);
  }

  private static Segment segmentOf(Path path, SegmentHeader header) {
    return new Segment(path, header, Segment.crcOf(header), new SparseIndex());
  }

  /** Takes note of a record that is in the file. */
  void recovered(Record record, long position, long next, int crc) {
    segment.index().offer(record.getOffset(), record.getStamp(), position);
    requests.addAll(PartitionState.requestEntries(segment.header().partition(), record));
    lastCrc = crc;
    end = next;
    flushedEnd = next;
  }

  /** Reads the file once more for its checksum, after everything was recovered. */
  void recoverFileCrc() throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
    for (long at = SegmentHeader.BYTES; at < end; ) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
      at += file.read(chunk, at);
      fileCrc.update(chunk.flip());
    }
  }

  /**
   * Writes one batch; it is durable after {@link #flush}.
   *
   * @param entries what is remembered of its requests
   */
  void write(List<Record> batch, List<RequestEntry> entries) throws IOException {
    long size = batch.stream().mapToLong(Frames::size).sum();
    if (buffer.capacity() < size) {
      buffer = ByteBuffer.allocateDirect(Math.toIntExact(size));
    }
    buffer.clear().order(ByteOrder.LITTLE_ENDIAN);
    int batchStart = Math.toIntExact(end);
    for (Record record : batch) {
      segment.index().offer(record.getOffset(), record.getStamp(), end + buffer.position());
      lastCrc = Frames.put(buffer, record, segment.headerCrc(), batchStart, lastCrc);
    }
    requests.addAll(entries);
    buffer.flip();
    fileCrc.update(buffer.duplicate());
    file.write(buffer, end);
    end += size;
    if (buffer.capacity() > BUFFER_KEPT_BYTES) {
      buffer = ByteBuffer.allocateDirect(1 << 20);
    }
  }

  /** Makes everything written durable and shows it to readers. */
  void flush(FlushMark mark) throws IOException {
    file.sync();
    mark.write(new Mark(segment.header().firstOffset(), end, lastCrc));
    flushedEnd = end;
  }

  /** Shows everything written to readers, durable or not. */
  void show() {
    flushedEnd = end;
  }

  /** Ends the segment for good; returns it as sealed. */
  SealedSegment seal(FileAccess files, PartitionSnapshot snapshot) throws IOException {
    ByteBuffer footer =
        SegmentFooter.encode(
            end, (int) fileCrc.getValue(), lastCrc, segment.index(), requests, snapshot);
    file.write(footer, end);
    file.sync();
    Path path = Segment.sealed(directory, segment.header().firstOffset());
    files.rename(segment.path(), path);
    files.syncDirectory(directory);
    file.close();
    return SealedSegment.open(files, path);
  }

  Segment segment() {
    return segment;
  }

  RequestIndex requests() {
    return requests;
  }

  OpenFile file() {
    return file;
  }

  /** Where the records end. */
  long end() {
    return end;
  }

  /** Where the records end that readers may see. */
  long flushedEnd() {
    return flushedEnd;
  }

  int lastCrc() {
    return lastCrc;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
