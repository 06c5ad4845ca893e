package io.vecraft.standalone.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Arrays in the files of NumPy, to hand the same data to Python and to Java. */
final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int ALIGNMENT = 64;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final Pattern SHAPE = Pattern.compile("'shape': \\((\\d+), (\\d+)\\)");

  private NpyFile() {}

  /** Rows of float32, each made when it is its turn. */
  interface Rows {
    float[] row(int number);
  }

  /** Writes {@code count} rows of {@code columns} float32 numbers. */
  static void write(Path file, int count, int columns, Rows rows) throws IOException {
    try (FileChannel channel = open(file)) {
      ByteBuffer buffer = header("<f4", "(%d, %d)".formatted(count, columns));
      for (int i = 0; i < count; i++) {
        for (float x : rows.row(i)) {
          if (buffer.remaining() < Float.BYTES) {
            drain(buffer, channel);
          }
          buffer.putFloat(x);
        }
      }
      drain(buffer, channel);
    }
  }

  static void write(Path file, float[][] rows) throws IOException {
    write(file, rows.length, rows[0].length, i -> rows[i]);
  }

  /** Writes one row of float64. */
  static void write(Path file, double[] numbers) throws IOException {
    try (FileChannel channel = open(file)) {
      ByteBuffer buffer = header("<f8", "(%d,)".formatted(numbers.length));
      for (double x : numbers) {
        if (buffer.remaining() < Double.BYTES) {
          drain(buffer, channel);
        }
        buffer.putDouble(x);
      }
      drain(buffer, channel);
    }
  }

  /** Reads rows of float32 in the order of C. */
  static float[][] read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer start = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
      fill(start, channel, 0);
      int headerBytes = Short.toUnsignedInt(start.getShort(8));
      ByteBuffer header = ByteBuffer.allocate(headerBytes);
      fill(header, channel, 10);
      String text = new String(header.array(), StandardCharsets.US_ASCII);
      Matcher shape = SHAPE.matcher(text);
      if (!shape.find() || !text.contains("<f4") || text.contains("True")) {
        throw new IOException(file + ": not rows of float32: " + text);
      }
      float[][] rows =
          new float[Integer.parseInt(shape.group(1))][Integer.parseInt(shape.group(2))];
      ByteBuffer row =
          ByteBuffer.allocate(rows[0].length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      long at = 10L + headerBytes;
      for (float[] into : rows) {
        row.clear();
        fill(row, channel, at);
        row.flip().asFloatBuffer().get(into);
        at += row.capacity();
      }
      return rows;
    }
  }

  private static void fill(ByteBuffer into, FileChannel channel, long at) throws IOException {
    while (into.hasRemaining()) {
      if (channel.read(into, at + into.position()) < 0) {
        throw new IOException("the file ends too early");
      }
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private static ByteBuffer header(String type, String shape) {
    String text = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape);
    int bytes = MAGIC.length + 2 + text.length() + 1;
    int padding = (ALIGNMENT - bytes % ALIGNMENT) % ALIGNMENT;
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.put(MAGIC).putShort((short) (text.length() + padding + 1));
    buffer.put((text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII));
    return buffer;
  }

  private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }
}
