package io.vecraft.journal.segment;

import io.vecraft.journal.segment.FileAccess.OpenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator asks for with "accept the loss": the log is ended before the first damage. The
 * files with the damage and all that follow are renamed, not deleted, and the loss is written down
 * in the file {@value #FILE} before anything is moved.
 */
final class Salvage {
  static final String FILE = "losses";
  private static final String ASIDE = ".damaged";
  private static final String PREFIX = "incarnation ";
  private static final Logger log = LoggerFactory.getLogger(Salvage.class);
  private static final int COPY_BYTES = 1 << 20;

  private final SegmentSettings settings;
  private final FileAccess files;

  Salvage(SegmentSettings settings, FileAccess files) {
    this.settings = settings;
    this.files = files;
  }

  /** The losses that were ever accepted, one line each. */
  List<String> losses() throws IOException {
    Path path = settings.directory().resolve(FILE);
    if (!files.exists(path)) {
      return List.of();
    }
    try (OpenFile file = files.open(path, false)) {
      ByteBuffer b = ByteBuffer.allocate((int) Math.min(file.size(), 1 << 20));
      file.read(b, 0);
      return StandardCharsets.UTF_8.decode(b.flip()).toString().lines().toList();
    }
  }

  /** The incarnation in which a loss was accepted. */
  static long incarnationOf(String loss) {
    int end = loss.indexOf(':');
    return loss.startsWith(PREFIX) && end > 0
        ? Long.parseLong(loss.substring(PREFIX.length(), end))
        : 0;
  }

  /** Ends the log before the damage. */
  void setAside(SegmentDamage damage) throws IOException {
    record(PREFIX + settings.incarnation() + ": " + damage.line());
    log.error("accepted loss: {}", damage.line());
    Path damaged = Path.of(damage.file());
    var later = new ArrayList<Path>();
    for (Path path : files.list(settings.directory())) {
      if ((Segment.isSealed(path) || Segment.isOpen(path))
          && path.getFileName().compareTo(damaged.getFileName()) > 0) {
        later.add(path);
      }
    }
    for (Path path : later.reversed()) {
      aside(path);
    }
    Path mark = settings.directory().resolve(FlushMark.NAME);
    try (OpenFile file = files.open(mark, true)) {
      file.truncate(0);
      file.sync();
    }
    if (files.exists(damaged) && !damaged.equals(mark)) {
      keepPrefix(damaged, damage.position());
    }
    files.syncDirectory(settings.directory());
  }

  /** Leaves the whole records before a position, as an open segment. */
  private void keepPrefix(Path damaged, long before) throws IOException {
    if (before < SegmentHeader.BYTES) {
      aside(damaged);
      return;
    }
    Path copy = damaged.resolveSibling(damaged.getFileName() + ".prefix");
    if (files.exists(copy)) {
      files.delete(copy);
    }
    long first;
    try (OpenFile from = files.open(damaged, false)) {
      SegmentHeader header = Segment.readHeader(from, damaged.toString());
      first = header.firstOffset();
      long end = Math.min(before, wholeRecords(from, damaged, header));
      try (OpenFile to = files.create(copy)) {
        ByteBuffer chunk = ByteBuffer.allocate(COPY_BYTES);
        for (long at = 0; at < end; at += chunk.limit()) {
          chunk.clear().limit((int) Math.min(COPY_BYTES, end - at));
          from.read(chunk, at);
          to.write(chunk.flip(), at);
        }
        to.sync();
      }
    } catch (SegmentDamage header) {
      aside(damaged);
      return;
    }
    aside(damaged);
    files.rename(copy, Segment.open(settings.directory(), first));
  }

  private static long wholeRecords(OpenFile file, Path path, SegmentHeader header)
      throws IOException {
    FrameReader reader =
        new FrameReader(
            file,
            path.toString(),
            Segment.crcOf(header),
            SegmentHeader.BYTES,
            file.size(),
            OptionalInt.of(header.previousCrc()));
    try {
      while (reader.next()) {
        reader.record();
      }
    } catch (SegmentDamage end) {
      log.warn("{}: kept up to byte {}", path, end.position());
    }
    return reader.nextPosition();
  }

  private void aside(Path path) throws IOException {
    Path target = path.resolveSibling(path.getFileName() + ASIDE);
    for (int i = 2; files.exists(target); i++) {
      target = path.resolveSibling(path.getFileName() + ASIDE + "-" + i);
    }
    files.rename(path, target);
    log.error("{} is set aside as {}", path, target.getFileName());
  }

  private void record(String loss) throws IOException {
    Path path = settings.directory().resolve(FILE);
    boolean exists = files.exists(path);
    try (OpenFile file = exists ? files.open(path, true) : files.create(path)) {
      file.write(ByteBuffer.wrap((loss + "\n").getBytes(StandardCharsets.UTF_8)), file.size());
      file.sync();
    }
    files.syncDirectory(settings.directory());
  }
}
