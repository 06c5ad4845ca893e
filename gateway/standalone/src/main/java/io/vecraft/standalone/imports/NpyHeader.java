package io.vecraft.standalone.imports;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands before the numbers of an npy file, format versions 1 to 3.
 *
 * @param dataAt where the numbers begin, in bytes
 * @param number how a number is stored
 * @param fortranOrder whether columns, not rows, lie together
 */
record NpyHeader(
    long dataAt, Number number, ByteOrder order, boolean fortranOrder, long rows, int columns) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int HEADER_BYTES_MAX = 1 << 20;
  private static final Pattern DESCR = Pattern.compile("['\"]descr['\"]\\s*:\\s*['\"]([^'\"]*)");
  private static final Pattern ORDER =
      Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(([^)]*)\\)");

  /** Stored floating-point numbers. */
  enum Number {
    F2(2) {
      @Override
      float get(ByteBuffer from, int at) {
        return Float.float16ToFloat(from.getShort(at));
      }
    },
    F4(4) {
      @Override
      float get(ByteBuffer from, int at) {
        return from.getFloat(at);
      }
    },
    F8(8) {
      @Override
      float get(ByteBuffer from, int at) {
        return (float) from.getDouble(at);
      }
    };

    final int bytes;

    Number(int bytes) {
      this.bytes = bytes;
    }

    abstract float get(ByteBuffer from, int at);
  }

  static NpyHeader read(Path file, FileChannel channel) throws IOException {
    ByteBuffer start = bytes(file, channel, 0, 12);
    for (int i = 0; i < MAGIC.length; i++) {
      if (start.get(i) != MAGIC[i]) {
        throw new ImportException(file + " is not an npy file");
      }
    }
    int version = start.get(6);
    if (version < 1 || version > 3) {
      throw new ImportException(file + ": unknown version " + version + " of the npy format");
    }
    int length = version == 1 ? start.getShort(8) & 0xFFFF : start.getInt(8);
    int at = version == 1 ? 10 : 12;
    if (length < 0 || length > HEADER_BYTES_MAX) {
      throw new ImportException(file + ": the npy header claims " + length + " bytes");
    }
    String text = StandardCharsets.UTF_8.decode(bytes(file, channel, at, length)).toString();
    return parse(file, text, at + (long) length);
  }

  private static NpyHeader parse(Path file, String text, long dataAt) {
    String descr = find(file, DESCR, text, "descr");
    if (!descr.matches("[<>=|]f[248]")) {
      throw new ImportException(
          file
              + ": numbers of type "
              + Vectors.shortened(descr)
              + "; float16, float32 and float64 can be read (numpy: a.astype('float32'))");
    }
    String[] shape = find(file, SHAPE, text, "shape").strip().split("\\s*,\\s*");
    if (shape.length != 2) {
      throw new ImportException(
          file
              + ": its shape is ("
              + String.join(", ", shape)
              + "), needed are two axes: vectors and dimensions");
    }
    long rows = axis(file, shape[0]);
    long columns = axis(file, shape[1]);
    if (columns < 1 || columns > Vectors.DIMENSION_MAX || rows > Long.MAX_VALUE / 8 / columns) {
      throw new ImportException(file + ": its shape is (" + rows + ", " + columns + ")");
    }
    boolean native0 = descr.charAt(0) == '=' || descr.charAt(0) == '|';
    ByteOrder order =
        native0
            ? ByteOrder.nativeOrder()
            : descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    return new NpyHeader(
        dataAt,
        Number.valueOf("F" + descr.charAt(2)),
        order,
        find(file, ORDER, text, "fortran_order").equals("True"),
        rows,
        (int) columns);
  }

  private static String find(Path file, Pattern pattern, String text, String name) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new ImportException(file + ": the npy header has no " + name);
    }
    return Optional.ofNullable(matcher.group(1)).orElse("");
  }

  private static long axis(Path file, String text) {
    if (!text.matches("[0-9]{1,18}")) {
      throw new ImportException(file + ": its shape has an axis of " + Vectors.shortened(text));
    }
    return Long.parseLong(text);
  }

  private static ByteBuffer bytes(Path file, FileChannel channel, long at, int count)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new ImportException(file + ": the npy header is cut short");
      }
    }
    return bytes.flip();
  }
}
