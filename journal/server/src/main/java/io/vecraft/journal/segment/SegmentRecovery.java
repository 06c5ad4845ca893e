package io.vecraft.journal.segment;

import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.partition.PartitionState;
import io.vecraft.journal.partition.RequestEntry;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.journal.segment.FlushMark.Mark;
import io.vecraft.proto.journal.Record;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the segments of a partition after whatever happened.
 *
 * <ol>
 *   <li>Sealed segments: headers and footers are verified, and that each goes on where the one
 *       before ended. Their records are verified when they are read and by the scrubber.
 *   <li>The open segment, at most one: every record is verified. At the first that is not whole, it
 *       is <em>damage</em> if the flush mark is behind it, or if a whole record of a later batch
 *       follows (which was only written after this one had been flushed); else the batch was torn
 *       before anybody was told of it, and is cut.
 *   <li>Where the store is opened at an offset up to which it was synced, that decides instead:
 *       what is not whole up to there is damage, what is behind is cut whatever it is.
 *   <li>The state: that of the last footer, the requests of as many footers as the dedup window
 *       needs, then the records of the open segment.
 * </ol>
 */
final class SegmentRecovery {
  private static final Logger log = LoggerFactory.getLogger(SegmentRecovery.class);

  private final SegmentSettings settings;
  private final FileAccess files;
  private final FlushMark flushMark;
  private final PartitionSettings partition;
  private final OptionalLong lastOffset;
  private Beginning beginning = Beginning.START;

  /** What was found. */
  record Recovered(
      List<SealedSegment> sealed,
      Optional<ActiveSegment> active,
      PartitionState state,
      List<String> losses) {}

  SegmentRecovery(
      SegmentSettings settings,
      FileAccess files,
      FlushMark flushMark,
      PartitionSettings partition,
      OptionalLong lastOffset) {
    this.settings = settings;
    this.files = files;
    this.flushMark = flushMark;
    this.partition = partition;
    this.lastOffset = lastOffset;
  }

  Recovered recover() throws IOException {
    var salvage = new Salvage(settings, files);
    while (true) {
      try {
        return attempt(salvage.losses());
      } catch (SegmentDamage damage) {
        if (!settings.acceptLoss()) {
          throw damage;
        }
        salvage.setAside(damage);
      }
    }
  }

  private Recovered attempt(List<String> losses) throws IOException {
    List<Path> paths = segments();
    Optional<Mark> mark =
        lastOffset.isPresent() ? Optional.empty() : flushMark.read(settings.directory());
    var sealed = new ArrayList<SealedSegment>();
    Optional<Path> open = Optional.empty();
    for (int i = 0; i < paths.size(); i++) {
      Path path = paths.get(i);
      if (Segment.isOpen(path)) {
        if (i < paths.size() - 1) {
          throw new SegmentDamage(path.toString(), 0, "an open segment before the last");
        }
        open = Optional.of(path);
      } else {
        Optional<Path> next =
            i + 1 < paths.size() ? Optional.of(paths.get(i + 1)) : Optional.empty();
        sealed.add(openSealed(path, sealed, next, mark));
        checkFollows(sealed);
      }
    }
    PartitionState state = stateOf(sealed);
    Optional<ActiveSegment> active = Optional.empty();
    if (open.isPresent() && lastOffset.isPresent() && startsBehind(open.get())) {
      files.delete(open.get());
      files.syncDirectory(settings.directory());
    } else if (open.isPresent()) {
      active = openActive(open.get(), sealed, state, mark);
    }
    checkMark(mark, sealed, active);
    if (lastOffset.isPresent() && state.lastOffset() != lastOffset.getAsLong()) {
      throw new SegmentDamage(
          settings.directory().toString(),
          0,
          "the segments end at offset %d, they were synced up to offset %d"
              .formatted(state.lastOffset(), lastOffset.getAsLong()));
    }
    return new Recovered(List.copyOf(sealed), active, state, losses);
  }

  private Beginning beginning() throws IOException {
    try {
      return Beginning.read(files, settings.directory());
    } catch (SegmentDamage damage) {
      if (!settings.acceptLoss()) {
        throw damage;
      }
      log.error("{}; the log is taken to begin with the first segment there is", damage.line());
      Beginning.remove(files, settings.directory());
      Beginning found = Beginning.START;
      for (Path path : files.list(settings.directory())) {
        if (Segment.isSealed(path) || Segment.isOpen(path)) {
          try (OpenFile file = files.open(path, false)) {
            SegmentHeader header = Segment.readHeader(file, path.toString());
            found = new Beginning(header.firstOffset(), header.previousCrc());
          }
          break;
        }
      }
      found.write(files, settings.directory());
      return found;
    }
  }

  /** The segments from where the log begins; those before were being removed, and are. */
  private List<Path> segments() throws IOException {
    beginning = beginning();
    var paths = new ArrayList<Path>();
    for (Path path : files.list(settings.directory())) {
      if (!Segment.isSealed(path) && !Segment.isOpen(path)) {
        continue;
      }
      if (beginning.isAfter(path)) {
        files.delete(path);
      } else {
        paths.add(path);
      }
    }
    if (paths.isEmpty() && !beginning.equals(Beginning.START)) {
      if (!settings.acceptLoss()) {
        throw new SegmentDamage(
            settings.directory().toString(),
            0,
            "the segments from offset %d on are missing".formatted(beginning.firstOffset()));
      }
      Beginning.remove(files, settings.directory());
      beginning = Beginning.START;
    }
    return paths;
  }

  /** Opens a sealed segment; a footer that is damaged alone is made again from the records. */
  private SealedSegment openSealed(
      Path path, List<SealedSegment> before, Optional<Path> next, Optional<Mark> mark)
      throws IOException {
    SealedSegment sealed;
    try {
      sealed = SealedSegment.open(files, path);
    } catch (SegmentDamage damage) {
      PartitionState state = stateOf(before);
      sealed =
          new FooterRepair(settings, files)
              .repair(path, state, next, mark)
              .orElseThrow(() -> damage);
      log.warn("{}; the records are whole, the footer was made again", damage.line());
    }
    if (settings.acceptLoss()) {
      sealed.verify(files);
    }
    return sealed;
  }

  private void checkFollows(List<SealedSegment> sealed) {
    SealedSegment last = sealed.getLast();
    SegmentHeader header = last.segment().header();
    String name = last.segment().path().toString();
    checkBelongs(name, header);
    if (sealed.size() == 1) {
      checkFirst(name, header);
    } else {
      SegmentFooter before = sealed.get(sealed.size() - 2).footer();
      checkFollows(name, header, before);
    }
  }

  private void checkFirst(String name, SegmentHeader header) {
    if (header.firstOffset() != beginning.firstOffset()
        || header.previousCrc() != beginning.previousCrc()) {
      throw new SegmentDamage(
          name,
          0,
          "the segments before offset %d are missing; the log begins at offset %d"
              .formatted(header.firstOffset(), beginning.firstOffset()));
    }
  }

  private static void checkFollows(String name, SegmentHeader header, SegmentFooter before) {
    if (header.firstOffset() != before.lastOffset() + 1
        || header.previousCrc() != before.lastCrc()) {
      throw new SegmentDamage(
          name,
          0,
          "begins at offset %d and does not go on from offset %d: a segment is missing or foreign"
              .formatted(header.firstOffset(), before.lastOffset()));
    }
  }

  private void checkBelongs(String name, SegmentHeader header) {
    if (!header.clusterId().equals(settings.clusterId())
        || header.partition() != settings.partition()
        || header.incarnation() > settings.incarnation()) {
      throw new SegmentDamage(
          name,
          0,
          "belongs to partition %d of cluster %s, incarnation %d"
              .formatted(header.partition(), header.clusterId(), header.incarnation()));
    }
  }

  private PartitionState stateOf(List<SealedSegment> sealed) throws IOException {
    if (sealed.isEmpty()) {
      return new PartitionState(partition);
    }
    SegmentFooter last = sealed.getLast().footer();
    long from = partition.rememberedFrom(last.lastStamp());
    var newestFirst = new ArrayList<List<RequestEntry>>();
    long count = 0;
    for (SealedSegment s : sealed.reversed()) {
      if (s.footer().lastStamp() < from || count >= partition.dedupEntries()) {
        break;
      }
      newestFirst.add(s.requests(files));
      count += newestFirst.getLast().size();
    }
    Collections.reverse(newestFirst);
    return PartitionState.restore(
        partition, last.snapshot(), () -> newestFirst.stream().flatMap(List::stream).iterator());
  }

  private Optional<ActiveSegment> openActive(
      Path path, List<SealedSegment> sealed, PartitionState state, Optional<Mark> mark)
      throws IOException {
    OpenFile file = files.open(path, true);
    try {
      return openActive(file, path, sealed, state, mark);
    } catch (SegmentDamage e) {
      file.close();
      throw e;
    }
  }

  private Optional<ActiveSegment> openActive(
      OpenFile file,
      Path path,
      List<SealedSegment> sealed,
      PartitionState state,
      Optional<Mark> mark)
      throws IOException {
    String name = path.toString();
    SegmentHeader header;
    try {
      header = Segment.readHeader(file, name);
    } catch (SegmentDamage e) {
      if (file.size() > SegmentHeader.BYTES || mark.filter(m -> names(path, m)).isPresent()) {
        throw e;
      }
      log.warn("{}: its creation was not finished; it held no record and is removed", name);
      file.close();
      files.delete(path);
      files.syncDirectory(settings.directory());
      return Optional.empty();
    }
    checkBelongs(name, header);
    if (sealed.isEmpty()) {
      checkFirst(name, header);
    } else {
      checkFollows(name, header, sealed.getLast().footer());
    }
    ActiveSegment active = ActiveSegment.reopen(file, settings.directory(), path, header);
    long flushed =
        mark.filter(m -> m.firstOffset() == header.firstOffset())
            .map(Mark::position)
            .orElse((long) SegmentHeader.BYTES);
    replay(active, name, state, flushed);
    active.recoverFileCrc();
    // What was written and not flushed when the process died must not get lost by a crash to come.
    file.sync();
    flushMark.write(new Mark(header.firstOffset(), active.end(), active.lastCrc()));
    return Optional.of(active);
  }

  /** Whether a segment's file, by its name, holds nothing that was synced. */
  private boolean startsBehind(Path open) {
    return open.compareTo(Segment.open(settings.directory(), lastOffset.getAsLong())) > 0;
  }

  private boolean names(Path path, Mark mark) {
    return path.equals(Segment.open(settings.directory(), mark.firstOffset()));
  }

  private void replay(ActiveSegment active, String name, PartitionState state, long flushed)
      throws IOException {
    OpenFile file = active.file();
    long size = file.size();
    FrameReader reader =
        new FrameReader(
            file,
            name,
            active.segment().headerCrc(),
            SegmentHeader.BYTES,
            size,
            OptionalInt.of(active.segment().header().previousCrc()));
    try {
      while (!reached(state) && reader.next()) {
        Record record = reader.record();
        restore(state, record, name, reader.position());
        active.recovered(record, reader.position(), reader.nextPosition(), reader.crc());
      }
      if (reached(state) && active.end() < size) {
        log.info(
            "{}: cut at byte {} behind offset {}, up to which it was synced",
            name,
            active.end(),
            state.lastOffset());
        file.truncate(active.end());
      }
      if (size < flushed) {
        throw new SegmentDamage(name, size, "the file ends before byte " + flushed);
      }
    } catch (SegmentDamage damage) {
      if (lastOffset.isPresent()) {
        throw damage;
      }
      judge(damage, reader, name, flushed);
      log.warn(
          "{}: the last batch was torn before it was acknowledged; {} bytes from byte {} on are cut"
              + " ({}), the log ends at offset {}",
          name,
          size - damage.position(),
          damage.position(),
          damage.reason(),
          state.lastOffset());
      file.truncate(damage.position());
      file.sync();
    }
  }

  private boolean reached(PartitionState state) {
    return lastOffset.isPresent() && state.lastOffset() == lastOffset.getAsLong();
  }

  /** Passes if what begins at the damaged place can be a torn batch, else throws the damage. */
  private static void judge(SegmentDamage damage, FrameReader reader, String name, long flushed)
      throws IOException {
    if (damage.position() < flushed) {
      throw new SegmentDamage(
          name,
          damage.position(),
          damage.reason() + "; it was flushed, as the file is up to byte " + flushed);
    }
    long whole = reader.resync(damage.position());
    if (whole >= 0) {
      throw new SegmentDamage(
          name,
          damage.position(),
          damage.reason() + "; a record of a later batch stands at byte " + whole);
    }
  }

  private static void restore(PartitionState state, Record record, String name, long position) {
    try {
      state.restore(record);
    } catch (IllegalArgumentException e) {
      throw new SegmentDamage(name, position, "the record cannot be: " + e.getMessage());
    }
  }

  private static void checkMark(
      Optional<Mark> mark, List<SealedSegment> sealed, Optional<ActiveSegment> active) {
    if (mark.isEmpty()) {
      return;
    }
    long named = mark.get().firstOffset();
    boolean held =
        active.filter(a -> a.segment().header().firstOffset() >= named).isPresent()
            || (!sealed.isEmpty() && sealed.getLast().segment().header().firstOffset() >= named);
    if (!held) {
      throw new SegmentDamage(
          FlushMark.NAME, 0, "the segment that begins at offset %d is missing".formatted(named));
    }
  }
}
