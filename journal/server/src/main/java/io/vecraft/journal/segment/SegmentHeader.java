package io.vecraft.journal.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The first {@value #BYTES} bytes of a segment, little-endian: magic, format version, partition,
 * cluster id, incarnation, first offset, first stamp, checksum that the chain goes on from, time of
 * creation, and the checksum of all this.
 *
 * @param clusterId of the journal
 * @param incarnation in which the segment was made
 * @param partition its number
 * @param firstOffset of the first record
 * @param firstStamp of the first record
 * @param previousCrc checksum of the last record before, 0 for none
 * @param createdMillis machine time, for the age alone
 */
record SegmentHeader(
    UUID clusterId,
    long incarnation,
    int partition,
    long firstOffset,
    long firstStamp,
    int previousCrc,
    long createdMillis) {
  static final int BYTES = 80;
  static final int FORMAT = 1;
  private static final long MAGIC = 0x3130_4753_4A43_4556L;

  ByteBuffer encode() {
    ByteBuffer b = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(MAGIC).putInt(FORMAT).putInt(partition);
    b.putLong(clusterId.getMostSignificantBits()).putLong(clusterId.getLeastSignificantBits());
    b.putLong(incarnation).putLong(firstOffset).putLong(firstStamp);
    b.putInt(previousCrc).putInt(0).putLong(createdMillis).putInt(0);
    b.putInt(checksum(b));
    return b.flip();
  }

  /**
   * Reads a header.
   *
   * @throws SegmentDamage if it is not whole
   */
  static SegmentHeader decode(String file, ByteBuffer bytes) {
    ByteBuffer b = bytes.order(ByteOrder.LITTLE_ENDIAN);
    if (b.remaining() < BYTES) {
      throw new SegmentDamage(
          file, 0, "the header has %d of %d bytes".formatted(b.remaining(), BYTES));
    }
    if (b.getInt(BYTES - 4) != checksum(b)) {
      throw new SegmentDamage(file, 0, "the checksum of the header is wrong");
    }
    if (b.getLong() != MAGIC) {
      throw new SegmentDamage(file, 0, "not a segment of a journal");
    }
    int format = b.getInt();
    if (format != FORMAT) {
      throw new SegmentDamage(
          file, 8, "format version %d, this program reads %d".formatted(format, FORMAT));
    }
    int partition = b.getInt();
    var clusterId = new UUID(b.getLong(), b.getLong());
    long incarnation = b.getLong();
    long firstOffset = b.getLong();
    long firstStamp = b.getLong();
    int previousCrc = b.getInt();
    b.getInt();
    return new SegmentHeader(
        clusterId, incarnation, partition, firstOffset, firstStamp, previousCrc, b.getLong());
  }

  private static int checksum(ByteBuffer header) {
    var crc = new CRC32C();
    crc.update(header.slice(0, BYTES - 4));
    return (int) crc.getValue();
  }
}
