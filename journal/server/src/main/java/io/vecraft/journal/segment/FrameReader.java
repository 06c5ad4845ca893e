package io.vecraft.journal.segment;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.proto.journal.Record;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/**
 * Reads the frames of one segment in order, through a buffer. Not safe for concurrent use.
 *
 * <p>After a {@link SegmentDamage} it stands still, and {@link #resync} looks for a whole frame
 * further on.
 */
final class FrameReader {
  private static final int BUFFER_BYTES = 256 << 10;

  private final OpenFile file;
  private final String name;
  private final int headerCrc;
  private final long end;
  private OptionalInt chain;
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private long bufferStart;
  private long position;
  private long next;
  private int length;
  private int batchStart;
  private int crc;

  /**
   * A reader of {@code [start, end)}, which must begin at a frame.
   *
   * @param chain checksum of the frame before; empty when it is not known
   */
  FrameReader(OpenFile file, String name, int headerCrc, long start, long end, OptionalInt chain) {
    this.file = file;
    this.name = name;
    this.headerCrc = headerCrc;
    this.end = end;
    this.chain = chain;
    this.next = start;
    this.position = start;
  }

  /**
   * Moves to the next frame; false at the end.
   *
   * @throws SegmentDamage if what follows is not a whole frame in the chain
   */
  boolean next() throws IOException {
    if (next >= end) {
      return false;
    }
    String reason = load(next);
    if (reason.isEmpty() && chain.isPresent() && chain.getAsInt() != previousCrc(next)) {
      reason = "the record does not follow the one before it";
    }
    if (!reason.isEmpty()) {
      throw new SegmentDamage(name, next, reason);
    }
    position = next;
    chain = OptionalInt.of(crc);
    next = position + Frames.HEADER_BYTES + length;
    return true;
  }

  /** Where the current frame begins. */
  long position() {
    return position;
  }

  /** Where the current frame ends. */
  long nextPosition() {
    return next;
  }

  int crc() {
    return crc;
  }

  /** Serialised bytes of the current record. */
  int length() {
    return length;
  }

  /** The current record. */
  Record record() {
    try {
      int at = (int) (position - bufferStart) + Frames.HEADER_BYTES;
      return Record.parseFrom(buffer.slice(at, length));
    } catch (InvalidProtocolBufferException e) {
      throw new SegmentDamage(name, position, "the record is not protobuf: " + e.getMessage());
    }
  }

  /**
   * Looks behind a damaged place for a whole frame of a batch that began behind it.
   *
   * @return its position, or -1: then all that follows can be the rest of one torn batch
   */
  long resync(long damagedAt) throws IOException {
    for (long at = damagedAt + 1; at + Frames.HEADER_BYTES <= end; at++) {
      require(at, Integer.BYTES);
      if (buffer.getInt((int) (at - bufferStart)) == Frames.MAGIC
          && load(at).isEmpty()
          && Integer.toUnsignedLong(batchStart) > damagedAt) {
        return at;
      }
    }
    return -1;
  }

  /** Loads the frame at a position; returns what is wrong with it, or nothing. */
  private String load(long at) throws IOException {
    if (at + Frames.HEADER_BYTES > end) {
      return "%d bytes are left, a record needs at least %d"
          .formatted(end - at, Frames.HEADER_BYTES);
    }
    require(at, Frames.HEADER_BYTES);
    int start = (int) (at - bufferStart);
    if (buffer.getInt(start) != Frames.MAGIC) {
      return "no record begins here";
    }
    int claimed = buffer.getInt(start + 4);
    if (claimed < 0 || at + Frames.HEADER_BYTES + claimed > end) {
      return "the record claims %s bytes, %d are left"
          .formatted(Integer.toUnsignedString(claimed), end - at - Frames.HEADER_BYTES);
    }
    require(at, Frames.HEADER_BYTES + claimed);
    start = (int) (at - bufferStart);
    int actual =
        Frames.checksum(
            headerCrc, buffer.slice(start, 16), buffer.slice(start + Frames.HEADER_BYTES, claimed));
    if (actual != buffer.getInt(start + 16)) {
      return "the checksum of the record is wrong";
    }
    length = claimed;
    batchStart = buffer.getInt(start + 8);
    crc = actual;
    return "";
  }

  private int previousCrc(long at) {
    return buffer.getInt((int) (at - bufferStart) + 12);
  }

  /** Has {@code count} bytes from a position on in the buffer. */
  private void require(long at, int count) throws IOException {
    if (at >= bufferStart && at + count <= bufferStart + buffer.limit()) {
      return;
    }
    int want = (int) Math.min(Math.max(count, BUFFER_BYTES), end - at);
    if (buffer.capacity() < want) {
      buffer = ByteBuffer.allocate(want).order(ByteOrder.LITTLE_ENDIAN);
    }
    buffer.clear().limit(want);
    int got = file.read(buffer, at);
    buffer.flip();
    bufferStart = at;
    if (got < count) {
      throw new SegmentDamage(name, at, "the file ends early");
    }
  }
}
