package io.vecraft.journal.segment;

import io.vecraft.journal.partition.PartitionState;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.journal.segment.FlushMark.Mark;
import io.vecraft.proto.journal.Record;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Makes the footer of a sealed segment again. A footer holds nothing that the records do not, so
 * nothing is lost, provided that the records are proven to be all: the next segment, or the flush
 * mark, names the checksum of the last.
 */
final class FooterRepair {
  private static final int COPY_BYTES = 1 << 20;

  private final SegmentSettings settings;
  private final FileAccess files;

  FooterRepair(SegmentSettings settings, FileAccess files) {
    this.settings = settings;
    this.files = files;
  }

  /**
   * Replaces the file by one with a whole footer; empty if more than the footer is damaged.
   *
   * @param state after the segment before; it is moved on
   * @param next the segment after it, if there is one
   */
  Optional<SealedSegment> repair(
      Path path, PartitionState state, Optional<Path> next, Optional<Mark> mark)
      throws IOException {
    Path copy = path.resolveSibling(path.getFileName() + ".rebuild");
    if (files.exists(copy)) {
      files.delete(copy);
    }
    try (OpenFile damaged = files.open(path, false)) {
      SegmentHeader header = Segment.readHeader(damaged, path.toString());
      FrameReader reader =
          new FrameReader(
              damaged,
              path.toString(),
              Segment.crcOf(header),
              SegmentHeader.BYTES,
              damaged.size(),
              OptionalInt.of(header.previousCrc()));
      OpenFile target = files.create(copy);
      ActiveSegment rebuilt = ActiveSegment.reopen(target, settings.directory(), copy, header);
      replay(reader, state, rebuilt);
      if (!isLast(rebuilt, state, header, next, mark)) {
        rebuilt.close();
        files.delete(copy);
        return Optional.empty();
      }
      copy(damaged, target, rebuilt.end());
      rebuilt.recoverFileCrc();
      return Optional.of(rebuilt.seal(files, state.snapshot()));
    } catch (SegmentDamage headerToo) {
      return Optional.empty();
    }
  }

  private static void replay(FrameReader reader, PartitionState state, ActiveSegment rebuilt)
      throws IOException {
    try {
      while (reader.next()) {
        Record record = reader.record();
        state.restore(record);
        rebuilt.recovered(record, reader.position(), reader.nextPosition(), reader.crc());
      }
    } catch (SegmentDamage | IllegalArgumentException endOfRecords) {
      // Here the footer begins, or damage: the caller compares with what the last record must be.
    }
  }

  private boolean isLast(
      ActiveSegment rebuilt,
      PartitionState state,
      SegmentHeader header,
      Optional<Path> next,
      Optional<Mark> mark)
      throws IOException {
    if (next.isPresent()) {
      try (OpenFile file = files.open(next.get(), false)) {
        SegmentHeader after = Segment.readHeader(file, next.get().toString());
        return after.firstOffset() == state.lastOffset() + 1
            && after.previousCrc() == rebuilt.lastCrc();
      } catch (SegmentDamage nothingProven) {
        return false;
      }
    }
    return mark.filter(m ->
            m.firstOffset() == header.firstOffset()
                && m.position() == rebuilt.end()
                && m.lastCrc() == rebuilt.lastCrc())
        .isPresent();
  }

  private static void copy(OpenFile from, OpenFile to, long end) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(COPY_BYTES);
    for (long at = 0; at < end; at += chunk.limit()) {
      chunk.clear().limit((int) Math.min(COPY_BYTES, end - at));
      from.read(chunk, at);
      to.write(chunk.flip(), at);
    }
  }
}
