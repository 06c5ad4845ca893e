package io.vecraft.standalone.imports;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Lines of UTF-8, each of at most 64 MiB. A byte order mark at the start is left out. */
final class LineReader implements Closeable {
  private static final int LINE_BYTES_MAX = 64 << 20;

  private final Path file;
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int from;
  private int to;
  private long number;

  LineReader(Path file) throws IOException {
    this.file = file;
    this.in = Files.newInputStream(file);
  }

  /** The next line without its end; empty after the last. */
  Optional<String> next() throws IOException {
    line.reset();
    number++;
    while (true) {
      if (from == to) {
        from = 0;
        to = Math.max(0, in.read(buffer));
        if (to == 0) {
          return line.size() == 0 ? Optional.empty() : Optional.of(text());
        }
      }
      int end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      if (line.size() + (end - from) > LINE_BYTES_MAX) {
        throw new ImportException(where() + " is longer than " + LINE_BYTES_MAX + " bytes");
      }
      line.write(buffer, from, end - from);
      from = Math.min(to, end + 1);
      if (end < to) {
        return Optional.of(text());
      }
    }
  }

  private String text() {
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(line.toByteArray()))
              .toString();
      return number == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new ImportException(where() + " is not UTF-8", e);
    }
  }

  /** The line read last, for messages; counted from 1. */
  String where() {
    return file + ": line " + number;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
