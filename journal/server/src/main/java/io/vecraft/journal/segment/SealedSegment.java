package io.vecraft.journal.segment;

import io.vecraft.journal.partition.RequestEntry;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/** A segment that is never written again. */
record SealedSegment(Segment segment, SegmentFooter footer, long bytes) {

  /**
   * Opens a sealed segment and verifies its header and footer.
   *
   * @throws SegmentDamage if they are not whole
   */
  static SealedSegment open(FileAccess files, Path path) throws IOException {
    try (OpenFile file = files.open(path, false)) {
      SegmentHeader header = Segment.readHeader(file, path.toString());
      SegmentFooter footer = SegmentFooter.read(file, path.toString());
      if (footer.snapshot().getLastOffset() != footer.lastOffset()
          || footer.snapshot().getPartition() != header.partition()) {
        throw new SegmentDamage(path.toString(), footer.recordsEnd(), "footer and header differ");
      }
      return new SealedSegment(
          new Segment(path, header, Segment.crcOf(header), footer.index()), footer, file.size());
    }
  }

  /** What is remembered of its requests, in the order of the log. */
  List<RequestEntry> requests(FileAccess files) throws IOException {
    try (OpenFile file = files.open(segment.path(), false)) {
      ByteBuffer rows = footer.requests(file, segment.path().toString());
      return IntStream.range(0, footer.requestCount())
          .mapToObj(i -> RequestIndex.decode(rows, i))
          .sorted(Comparator.comparingLong(RequestEntry::offset))
          .toList();
    }
  }

  /** Offsets of the records of a request, ascending. */
  List<Long> findRequest(FileAccess files, long request) throws IOException {
    try (OpenFile file = files.open(segment.path(), false)) {
      ByteBuffer rows = footer.requests(file, segment.path().toString());
      return RequestIndex.find(rows, footer.requestCount(), request);
    }
  }

  /**
   * Reads the whole file and checks it: every record in the chain, and the checksum of all.
   *
   * @throws SegmentDamage at the first byte that cannot be trusted
   */
  void verify(FileAccess files) throws IOException {
    String name = segment.path().toString();
    try (OpenFile file = files.open(segment.path(), false)) {
      if (!Segment.readHeader(file, name).equals(segment.header())) {
        throw new SegmentDamage(name, 0, "the header has changed");
      }
      SegmentFooter.read(file, name);
      if (segment.verify(file, footer.recordsEnd()) != footer.lastCrc()) {
        throw new SegmentDamage(name, footer.recordsEnd(), "the last record is not the one sealed");
      }
      if (checksum(file, footer.recordsEnd()) != footer.fileCrc()) {
        throw new SegmentDamage(name, 0, "the checksum of the file is wrong");
      }
    }
  }

  private static int checksum(OpenFile file, long end) throws IOException {
    var crc = new CRC32C();
    ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
    for (long at = 0; at < end; ) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
      int got = file.read(chunk, at);
      if (got == 0) {
        break;
      }
      at += got;
      crc.update(chunk.flip());
    }
    return (int) crc.getValue();
  }
}
