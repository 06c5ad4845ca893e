package io.vecraft.journal.segment;

import com.google.protobuf.CodedOutputStream;
import io.vecraft.proto.journal.Record;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * How a record stands in a segment, little-endian: magic, length of the record, position in the
 * file at which its batch begins, checksum of the record before, checksum, the record as protobuf.
 *
 * <p>The checksum is over the checksum of the segment's header, the frame's first 16 bytes and the
 * record: a frame proves itself, its place in the chain, and that it was written into this file.
 */
final class Frames {
  static final int HEADER_BYTES = 20;
  static final int MAGIC = 0x4345_5256;
  private static final int CRC_AT = 16;

  private Frames() {}

  /** Bytes that a record takes in a segment. */
  static int size(Record record) {
    return Math.addExact(HEADER_BYTES, record.getSerializedSize());
  }

  /** Puts a frame and returns its checksum. */
  static int put(ByteBuffer target, Record record, int headerCrc, int batchStart, int previousCrc) {
    ByteBuffer b = target.order(ByteOrder.LITTLE_ENDIAN);
    int start = b.position();
    int length = record.getSerializedSize();
    b.putInt(MAGIC).putInt(length).putInt(batchStart).putInt(previousCrc).putInt(0);
    ByteBuffer payload = b.slice(start + HEADER_BYTES, length);
    CodedOutputStream out = CodedOutputStream.newInstance(payload);
    try {
      record.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new IllegalStateException("a record does not fit its own size", e);
    }
    int crc = checksum(headerCrc, b.slice(start, CRC_AT), b.slice(start + HEADER_BYTES, length));
    b.putInt(start + CRC_AT, crc);
    b.position(start + HEADER_BYTES + length);
    return crc;
  }

  static int checksum(int headerCrc, ByteBuffer head, ByteBuffer payload) {
    var crc = new CRC32C();
    crc.update(headerCrc);
    crc.update(headerCrc >>> 8);
    crc.update(headerCrc >>> 16);
    crc.update(headerCrc >>> 24);
    crc.update(head);
    crc.update(payload);
    return (int) crc.getValue();
  }
}
