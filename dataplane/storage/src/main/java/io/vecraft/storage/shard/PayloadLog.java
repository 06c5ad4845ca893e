package io.vecraft.storage.shard;

import io.vecraft.index.memory.ByteLog;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Ids and metadata of versions, and who asked for them, outside the heap.
 *
 * <p>An entry of a version is the position of its request's entry in eight bytes, the length of the
 * id in two, the id, the metadata. An entry of a request is the length of the request id in two
 * bytes, the request id, the principal. One thread appends, any number read.
 */
final class PayloadLog implements AutoCloseable {
  static final byte[] EMPTY = {};
  private static final String NAME = "payload";
  private static final int HEADER = Long.BYTES + Short.BYTES;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int SHORT_MASK = 0xFFFF;

  private final ByteLog log;

  private PayloadLog(ByteLog log) {
    this.log = log;
  }

  static PayloadLog create() {
    return new PayloadLog(ByteLog.create(NAME));
  }

  static PayloadLog open(Path directory, List<StoredFile> files, long size) throws IOException {
    return new PayloadLog(ByteLog.open(NAME, directory, files, size));
  }

  /** Who asked for a version. */
  record Request(String requestId, String principal) {}

  /** A version's own bytes. */
  record Version(byte[] id, byte[] metadata) {
    String text() {
      return new String(id, StandardCharsets.UTF_8);
    }
  }

  long size() {
    return log.size();
  }

  long appendContext(String requestId, String principal) {
    byte[] request = requestId.getBytes(StandardCharsets.UTF_8);
    byte[] who = principal.getBytes(StandardCharsets.UTF_8);
    byte[] entry = new byte[Short.BYTES + request.length + who.length];
    MemorySegment.ofArray(entry).set(SHORT, 0, (short) request.length);
    System.arraycopy(request, 0, entry, Short.BYTES, request.length);
    System.arraycopy(who, 0, entry, Short.BYTES + request.length, who.length);
    return log.append(entry);
  }

  long append(long context, byte[] id, byte[] metadata) {
    if (id.length > SHORT_MASK) {
      throw new IllegalArgumentException("id of " + id.length + " bytes");
    }
    byte[] entry = new byte[HEADER + id.length + metadata.length];
    MemorySegment segment = MemorySegment.ofArray(entry);
    segment.set(LONG, 0, context);
    segment.set(SHORT, Long.BYTES, (short) id.length);
    System.arraycopy(id, 0, entry, HEADER, id.length);
    System.arraycopy(metadata, 0, entry, HEADER + id.length, metadata.length);
    return log.append(entry);
  }

  Version version(long position) {
    byte[] entry = log.read(position);
    int end = HEADER + idLength(entry);
    return new Version(
        Arrays.copyOfRange(entry, HEADER, end), Arrays.copyOfRange(entry, end, entry.length));
  }

  byte[] metadata(long position) {
    byte[] entry = log.read(position);
    return Arrays.copyOfRange(entry, HEADER + idLength(entry), entry.length);
  }

  byte[] id(long position) {
    byte[] header = log.read(position, 0, HEADER);
    return log.read(position, HEADER, idLength(header));
  }

  boolean isOf(long position, byte[] id) {
    byte[] header = log.read(position, 0, HEADER);
    return idLength(header) == id.length
        && Arrays.equals(log.read(position, HEADER, id.length), id);
  }

  /** Position of the request of a version; versions of one log record share it. */
  long context(long position) {
    return MemorySegment.ofArray(log.read(position, 0, Long.BYTES)).get(LONG, 0);
  }

  Request request(long position) {
    byte[] entry = log.read(context(position));
    int length = MemorySegment.ofArray(entry).get(SHORT, 0) & SHORT_MASK;
    return new Request(
        new String(entry, Short.BYTES, length, StandardCharsets.UTF_8),
        new String(
            entry,
            Short.BYTES + length,
            entry.length - Short.BYTES - length,
            StandardCharsets.UTF_8));
  }

  private static int idLength(byte[] entry) {
    return MemorySegment.ofArray(entry).get(SHORT, Long.BYTES) & SHORT_MASK;
  }

  List<StoredFile> write(Path directory, long generation, long size) throws IOException {
    return log.write(directory, generation, size);
  }

  long offHeapBytes() {
    return log.offHeapBytes();
  }

  @Override
  public void close() {
    log.close();
  }
}
