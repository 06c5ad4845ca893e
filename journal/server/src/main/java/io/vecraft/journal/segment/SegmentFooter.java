package io.vecraft.journal.segment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.proto.journal.PartitionSnapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * What a sealed segment ends with, little-endian: magic, counts, the sparse index, the requests
 * sorted by their hash, the state of the partition after the last record; then a trailer of {@value
 * #TRAILER_BYTES} bytes: where the footer begins, checksum of everything before it, checksum of the
 * footer, zero, magic.
 *
 * @param recordsEnd where the records end and the footer begins
 * @param fileCrc checksum of everything before {@code recordsEnd}
 * @param lastOffset of the last record
 * @param lastStamp of the last record
 * @param lastCrc checksum of the last record's frame, from which the next segment goes on
 * @param index places in the segment
 * @param requestsAt where the rows of requests begin
 * @param requestCount how many there are
 * @param snapshot state of the partition after the last record
 */
record SegmentFooter(
    long recordsEnd,
    int fileCrc,
    long lastOffset,
    long lastStamp,
    int lastCrc,
    SparseIndex index,
    long requestsAt,
    int requestCount,
    PartitionSnapshot snapshot) {
  static final int TRAILER_BYTES = 32;
  private static final long MAGIC = 0x3154_4F4F_464A_4356L;
  private static final long END_MAGIC = 0x3144_4E45_464A_4356L;
  private static final int FIXED_BYTES = 8 + 8 + 8 + 4 + 4 + 4 + 4;

  /** A footer to be written at {@code recordsEnd}. */
  static ByteBuffer encode(
      long recordsEnd,
      int fileCrc,
      int lastCrc,
      SparseIndex index,
      RequestIndex requests,
      PartitionSnapshot snapshot) {
    int sparse = index.size();
    int rows = requests.size();
    byte[] state = snapshot.toByteArray();
    int size =
        Math.toIntExact(
            FIXED_BYTES
                + (long) SparseIndex.encodedBytes(sparse)
                + (long) rows * RequestIndex.ROW_BYTES
                + state.length
                + TRAILER_BYTES);
    ByteBuffer b = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(MAGIC).putLong(snapshot.getLastOffset()).putLong(snapshot.getLastStamp());
    b.putInt(lastCrc).putInt(sparse).putInt(rows).putInt(state.length);
    index.encode(b);
    requests.encode(b);
    b.put(state);
    b.putLong(recordsEnd).putInt(fileCrc);
    b.putInt(checksum(b.slice(0, b.position())));
    return b.putLong(0).putLong(END_MAGIC).flip();
  }

  /**
   * Reads and verifies the footer of a sealed segment.
   *
   * @throws SegmentDamage if it is not whole
   */
  static SegmentFooter read(OpenFile file, String name) throws IOException {
    long size = file.size();
    if (size < SegmentHeader.BYTES + FIXED_BYTES + TRAILER_BYTES) {
      throw new SegmentDamage(name, size, "a sealed segment of %d bytes".formatted(size));
    }
    ByteBuffer trailer = bytes(file, name, size - TRAILER_BYTES, TRAILER_BYTES);
    long start = trailer.getLong(0);
    if (trailer.getLong(24) != END_MAGIC || trailer.getLong(16) != 0) {
      throw new SegmentDamage(
          name, size - TRAILER_BYTES, "the trailer of a sealed segment is missing");
    }
    if (start < SegmentHeader.BYTES
        || start > size - FIXED_BYTES - TRAILER_BYTES
        || size - start > Integer.MAX_VALUE) {
      throw new SegmentDamage(name, size - TRAILER_BYTES, "the footer cannot begin at " + start);
    }
    ByteBuffer b = bytes(file, name, start, (int) (size - start));
    if (checksum(b.slice(0, b.limit() - 20)) != trailer.getInt(12) || b.getLong() != MAGIC) {
      throw new SegmentDamage(name, start, "the checksum of the footer is wrong");
    }
    long lastOffset = b.getLong();
    long lastStamp = b.getLong();
    int lastCrc = b.getInt();
    int sparse = b.getInt();
    int rows = b.getInt();
    int stateBytes = b.getInt();
    SparseIndex index = SparseIndex.decode(b, sparse);
    long requestsAt = start + b.position();
    ByteBuffer state = b.slice(b.position() + rows * RequestIndex.ROW_BYTES, stateBytes);
    try {
      return new SegmentFooter(
          start,
          trailer.getInt(8),
          lastOffset,
          lastStamp,
          lastCrc,
          index,
          requestsAt,
          rows,
          PartitionSnapshot.parseFrom(state));
    } catch (InvalidProtocolBufferException e) {
      throw new SegmentDamage(name, start, "the state in the footer is not protobuf");
    }
  }

  /** The rows of requests. */
  ByteBuffer requests(OpenFile file, String name) throws IOException {
    return bytes(file, name, requestsAt, requestCount * RequestIndex.ROW_BYTES);
  }

  private static ByteBuffer bytes(OpenFile file, String name, long position, int count)
      throws IOException {
    ByteBuffer b = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    if (file.read(b, position) < count) {
      throw new SegmentDamage(name, position, "the file ends early");
    }
    return b.flip();
  }

  private static int checksum(ByteBuffer bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
