package io.vecraft.journal.segment;

import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.journal.segment.SparseIndex.Place;
import io.vecraft.proto.journal.Record;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.zip.CRC32C;

/**
 * A segment as its readers see it. Immutable; reads open the file for themselves.
 *
 * @param path of the file
 * @param header its header
 * @param headerCrc checksum of the header, which seeds those of the records
 * @param index places in it
 */
record Segment(Path path, SegmentHeader header, int headerCrc, SparseIndex index) {
  static final String OPEN_SUFFIX = ".open";
  static final String SEALED_SUFFIX = ".segment";

  static Path open(Path directory, long firstOffset) {
    return directory.resolve("%020d%s".formatted(firstOffset, OPEN_SUFFIX));
  }

  static Path sealed(Path directory, long firstOffset) {
    return directory.resolve("%020d%s".formatted(firstOffset, SEALED_SUFFIX));
  }

  static boolean isOpen(Path path) {
    return path.toString().endsWith(OPEN_SUFFIX);
  }

  static boolean isSealed(Path path) {
    return path.toString().endsWith(SEALED_SUFFIX);
  }

  /** Reads a header. */
  static SegmentHeader readHeader(OpenFile file, String name) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(SegmentHeader.BYTES);
    file.read(b, 0);
    return SegmentHeader.decode(name, b.flip());
  }

  static int crcOf(SegmentHeader header) {
    var crc = new CRC32C();
    crc.update(header.encode());
    return (int) crc.getValue();
  }

  /** Records from an offset on, at least one, until a limit is reached or the segment ends. */
  List<Record> read(OpenFile file, long end, long from, int maxRecords, long maxBytes)
      throws IOException {
    var records = new ArrayList<Record>();
    long bytes = 0;
    Place place = index.byOffset(from);
    FrameReader reader = reader(file, place.position(), end);
    for (long offset = place.offset();
        records.size() < maxRecords && bytes < maxBytes && reader.next();
        offset++) {
      if (offset >= from) {
        records.add(checked(reader, offset));
        bytes += reader.length();
      }
    }
    if (records.isEmpty()) {
      throw new SegmentDamage(path.toString(), end, "offset " + from + " is missing");
    }
    return records;
  }

  /** Shows records from about a stamp on until the visitor has seen enough; false if it has. */
  boolean scan(OpenFile file, long end, long fromStamp, Predicate<Record> visitor)
      throws IOException {
    Place place = index.byStamp(fromStamp);
    FrameReader reader = reader(file, place.position(), end);
    for (long offset = place.offset(); reader.next(); offset++) {
      if (!visitor.test(checked(reader, offset))) {
        return false;
      }
    }
    return true;
  }

  /** Reads everything and checks it; returns the checksum of the last record. */
  int verify(OpenFile file, long end) throws IOException {
    FrameReader reader =
        new FrameReader(
            file,
            path.toString(),
            headerCrc,
            SegmentHeader.BYTES,
            end,
            OptionalInt.of(header.previousCrc()));
    long offset = header.firstOffset();
    while (reader.next()) {
      checked(reader, offset++);
    }
    return reader.crc();
  }

  private FrameReader reader(OpenFile file, long start, long end) {
    return new FrameReader(file, path.toString(), headerCrc, start, end, OptionalInt.empty());
  }

  private Record checked(FrameReader reader, long offset) {
    Record record = reader.record();
    if (record.getOffset() != offset) {
      throw new SegmentDamage(
          path.toString(),
          reader.position(),
          "offset %d where %d belongs".formatted(record.getOffset(), offset));
    }
    return record;
  }
}
