package io.vecraft.journal.segment;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.partition.PartitionState;
import io.vecraft.journal.partition.RequestEntry;
import io.vecraft.journal.partition.RequestKeys;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.proto.journal.PartitionSnapshot;
import io.vecraft.proto.journal.Record;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decided records of a partition on disk: sealed segments and the one that is being written.
 *
 * <p>One thread writes; any may read what is flushed. A write, flush or seal that fails is fatal:
 * {@link FatalError} ends the process, and the store takes nothing more.
 *
 * <p>There are two ways to use it. With {@link #append} every batch is durable when it returns, and
 * a crash cuts at most a torn last batch. With {@link #write} batches become durable at the next
 * {@link #sync} or {@link #seal}; whoever writes so has the records in another durable log too,
 * notes how far they are synced, and names that offset when it opens the store again ({@link
 * #openAt}): what is behind is cut, torn or whole, and comes again from the other log.
 */
public final class SegmentStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SegmentStore.class);

  private final SegmentSettings settings;
  private final FileAccess files;
  private final FatalError fatal;
  private final MachineTime time;
  private final FlushMark mark;
  private final ConcurrentSkipListSet<String> damage = new ConcurrentSkipListSet<>();
  private final long lossIncarnation;

  /** Replaced with this store's lock held: by the writer, and by whoever removes old segments. */
  private volatile View view;

  private volatile long flushedOffset;
  private volatile boolean failed;
  private long writtenOffset;

  /** What there is at one moment: sealed segments by offset, and the one being written. */
  private record View(List<SealedSegment> sealed, Optional<ActiveSegment> active) {}

  private SegmentStore(
      SegmentSettings settings,
      FileAccess files,
      FatalError fatal,
      MachineTime time,
      FlushMark mark,
      SegmentRecovery.Recovered recovered) {
    this.settings = settings;
    this.files = files;
    this.fatal = fatal;
    this.time = time;
    this.mark = mark;
    this.view = new View(recovered.sealed(), recovered.active());
    this.writtenOffset = recovered.state().lastOffset();
    this.flushedOffset = writtenOffset;
    damage.addAll(recovered.losses());
    this.lossIncarnation =
        recovered.losses().stream().mapToLong(Salvage::incarnationOf).max().orElse(0);
  }

  /** A store and the state after its last record. */
  public record Opened(SegmentStore store, PartitionState state) {}

  /**
   * Opens a partition's directory, making it if it is not there, and recovers the state after the
   * last record. A torn last batch is cut, with a line in the log.
   *
   * @param partition what the state is made with
   * @throws VecraftException {@code data_damaged} when what was acknowledged cannot be read, unless
   *     the settings accept the loss
   */
  public static Opened open(
      SegmentSettings settings,
      PartitionSettings partition,
      FileAccess files,
      FatalError fatal,
      MachineTime time) {
    return open(settings, partition, files, fatal, time, OptionalLong.empty());
  }

  /**
   * As {@link #open}, but the store is cut to end at an offset up to which it was synced.
   *
   * @param lastOffset 0 for a store that was never synced
   * @throws VecraftException {@code data_damaged} when something up to {@code lastOffset} cannot be
   *     read
   */
  public static Opened openAt(
      long lastOffset,
      SegmentSettings settings,
      PartitionSettings partition,
      FileAccess files,
      FatalError fatal,
      MachineTime time) {
    return open(settings, partition, files, fatal, time, OptionalLong.of(lastOffset));
  }

  private static Opened open(
      SegmentSettings settings,
      PartitionSettings partition,
      FileAccess files,
      FatalError fatal,
      MachineTime time,
      OptionalLong lastOffset) {
    try {
      files.makeDirectories(settings.directory());
      FlushMark mark = FlushMark.open(files, settings.directory());
      var recovered = new SegmentRecovery(settings, files, mark, partition, lastOffset).recover();
      return new Opened(
          new SegmentStore(settings, files, fatal, time, mark, recovered), recovered.state());
    } catch (SegmentDamage e) {
      throw e.toVecraft();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + settings.directory(), e);
    }
  }

  /** Whether the segment being written is due to be sealed. */
  public boolean due() {
    return view.active
        .map(a ->
            a.end() >= settings.segmentBytes()
                || time.millis() - a.segment().header().createdMillis()
                    > settings.segmentAge().toMillis())
        .orElse(false);
  }

  /**
   * Seals the segment that is being written.
   *
   * @param snapshot the state after its last record
   */
  public void seal(PartitionSnapshot snapshot) {
    checkUsable();
    ActiveSegment active = view.active.orElseThrow();
    try {
      SealedSegment sealed = active.seal(files, snapshot);
      synchronized (this) {
        var all = new ArrayList<>(view.sealed);
        all.add(sealed);
        view = new View(List.copyOf(all), Optional.empty());
      }
    } catch (IOException e) {
      throw die("cannot seal " + active.segment().path(), e);
    }
  }

  /** Writes one batch of records that follow the last and makes it durable. */
  public void append(List<Record> batch) {
    append(
        batch,
        batch.stream()
            .flatMap(r -> PartitionState.requestEntries(settings.partition(), r).stream())
            .toList());
  }

  /**
   * As {@link #append(List)}, for a writer who has them at hand.
   *
   * @param entries what {@link PartitionState#requestEntries} gives of the batch, in its order
   */
  public void append(List<Record> batch, List<RequestEntry> entries) {
    put(batch, entries, true);
  }

  /**
   * Writes one batch and shows it to readers, without making it durable.
   *
   * @param entries what {@link PartitionState#requestEntries} gives of the batch, in its order
   */
  public void write(List<Record> batch, List<RequestEntry> entries) {
    put(batch, entries, false);
  }

  private void put(List<Record> batch, List<RequestEntry> entries, boolean durable) {
    checkUsable();
    Record first = batch.getFirst();
    if (first.getOffset() != writtenOffset + 1) {
      throw new IllegalArgumentException(
          "offset %d cannot follow %d".formatted(first.getOffset(), writtenOffset));
    }
    try {
      ActiveSegment active = view.active.isPresent() ? view.active.get() : create(first);
      active.write(batch, entries);
      if (durable) {
        active.flush(mark);
      } else {
        active.show();
      }
    } catch (IOException e) {
      throw die("cannot write to " + settings.directory(), e);
    }
    writtenOffset = batch.getLast().getOffset();
    flushedOffset = writtenOffset;
  }

  /** Makes everything that was written durable. */
  public void sync() {
    checkUsable();
    try {
      if (view.active.isPresent()) {
        view.active.get().flush(mark);
      }
    } catch (IOException e) {
      throw die("cannot sync " + settings.directory(), e);
    }
  }

  private ActiveSegment create(Record first) throws IOException {
    int previousCrc = view.sealed.isEmpty() ? 0 : view.sealed.getLast().footer().lastCrc();
    var header =
        new SegmentHeader(
            settings.clusterId(),
            settings.incarnation(),
            settings.partition(),
            first.getOffset(),
            first.getStamp(),
            previousCrc,
            time.millis());
    ActiveSegment active = ActiveSegment.create(files, settings.directory(), header);
    synchronized (this) {
      view = new View(view.sealed, Optional.of(active));
    }
    return active;
  }

  /**
   * Removes the oldest sealed segments, as many as all of these let go. The last sealed one always
   * stays: the state after its last record is in it.
   *
   * @param belowOffset records from here on stay
   * @param belowStamp and records from this stamp on
   * @param keepBytes and so many bytes of the log
   * @return how many were removed
   */
  public int truncate(long belowOffset, long belowStamp, long keepBytes) {
    checkUsable();
    List<SealedSegment> removed = new ArrayList<>();
    try {
      synchronized (this) {
        View v = view;
        long left = bytes();
        for (SealedSegment s : v.sealed.subList(0, Math.max(0, v.sealed.size() - 1))) {
          left -= s.bytes();
          if (s.footer().lastOffset() >= belowOffset
              || s.footer().lastStamp() >= belowStamp
              || left < keepBytes) {
            break;
          }
          removed.add(s);
        }
        if (removed.isEmpty()) {
          return 0;
        }
        SegmentFooter last = removed.getLast().footer();
        new Beginning(last.lastOffset() + 1, last.lastCrc()).write(files, settings.directory());
        view = new View(List.copyOf(v.sealed.subList(removed.size(), v.sealed.size())), v.active);
      }
      for (SealedSegment s : removed) {
        files.delete(s.segment().path());
      }
      files.syncDirectory(settings.directory());
    } catch (IOException e) {
      // What is left of them is removed at the next start.
      throw new UncheckedIOException("cannot remove segments of " + settings.directory(), e);
    }
    log.info(
        "partition {}: {} segments removed, the log begins at offset {}",
        settings.partition(),
        removed.size(),
        firstOffset());
    return removed.size();
  }

  /** Stamp of the first record that is held, 0 for an empty store. */
  public long firstStamp() {
    View v = view;
    return v.sealed.isEmpty()
        ? v.active.map(a -> a.segment().header().firstStamp()).orElse(0L)
        : v.sealed.getFirst().segment().header().firstStamp();
  }

  /** The last offset that readers may see, 0 for none. */
  public long lastOffset() {
    return flushedOffset;
  }

  /** The first offset that is held, 1 for an empty store. */
  public long firstOffset() {
    View v = view;
    return v.sealed.isEmpty()
        ? v.active.map(a -> a.segment().header().firstOffset()).orElse(1L)
        : v.sealed.getFirst().segment().header().firstOffset();
  }

  /**
   * Durable records from an offset on; at least one if there is one.
   *
   * @throws VecraftException {@code data_damaged} naming the place when the next record cannot be
   *     read
   */
  public List<Record> read(long from, int maxRecords, long maxBytes) {
    long last = flushedOffset;
    var records = new ArrayList<Record>();
    long bytes = 0;
    while (from + records.size() <= last && records.size() < maxRecords && bytes < maxBytes) {
      long next = from + records.size();
      int count = maxRecords - records.size();
      long budget = maxBytes - bytes;
      List<Record> more = reading(v -> read(part(v, next), next, count, budget));
      records.addAll(more);
      bytes += more.stream().mapToLong(Record::getSerializedSize).sum();
    }
    return records;
  }

  private List<Record> read(Part part, long from, int maxRecords, long maxBytes)
      throws IOException {
    try (OpenFile file = openEvenIfSealed(part.segment)) {
      return part.segment.read(file, part.end, from, maxRecords, maxBytes);
    }
  }

  /** Shows records with stamps from about {@code fromStamp} on until the visitor returns false. */
  public void scan(long fromStamp, Predicate<Record> visitor) {
    View v = view;
    var parts = new ArrayList<Part>();
    for (int i = 0; i < v.sealed.size(); i++) {
      SealedSegment s = v.sealed.get(i);
      if (s.footer().lastStamp() >= fromStamp) {
        parts.add(new Part(s.segment(), s.footer().recordsEnd()));
      }
    }
    v.active.ifPresent(a -> parts.add(new Part(a.segment(), a.flushedEnd())));
    for (Part part : parts) {
      if (!reading(unused -> scan(part, fromStamp, visitor))) {
        return;
      }
    }
  }

  private boolean scan(Part part, long fromStamp, Predicate<Record> visitor) throws IOException {
    try (OpenFile file = openEvenIfSealed(part.segment)) {
      return part.segment.scan(file, part.end, fromStamp, visitor);
    }
  }

  /** Offsets of the durable records of a request, ascending. */
  public List<Long> findRequest(String requestId) {
    long request = RequestKeys.requestHash(requestId);
    return reading(v -> {
      var offsets = new ArrayList<Long>();
      for (SealedSegment sealed : v.sealed) {
        try {
          offsets.addAll(sealed.findRequest(files, request));
        } catch (NoSuchFileException e) {
          requireTruncated(sealed.segment());
        }
      }
      v.active.ifPresent(a -> offsets.addAll(a.requests().find(request)));
      offsets.removeIf(o -> o > flushedOffset);
      return offsets;
    });
  }

  /**
   * Reads every sealed segment and checks it.
   *
   * @return what is damaged, one line each; also in {@link #damage()}
   */
  public List<String> scrub() {
    var found = new ArrayList<String>();
    for (SealedSegment sealed : view.sealed) {
      try {
        sealed.verify(files);
      } catch (NoSuchFileException e) {
        missing(sealed.segment())
            .ifPresent(damaged -> {
              found.add(damaged.line());
              noteDamage(damaged);
            });
      } catch (SegmentDamage e) {
        found.add(e.line());
        noteDamage(e);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + sealed.segment().path(), e);
      }
    }
    return found;
  }

  /** What is known to be damaged or was lost, one line each. */
  public List<String> damage() {
    return List.copyOf(damage);
  }

  /** The newest incarnation in which a loss was accepted, 0 for none. */
  public long lossIncarnation() {
    return lossIncarnation;
  }

  /**
   * A file of a store.
   *
   * @param name in the store's directory
   * @param bytes that may be read of it
   */
  public record StoredFile(String name, long bytes) {}

  /** The segment files as they are now, the oldest first. */
  public List<StoredFile> files() {
    View v = view;
    var found = new ArrayList<StoredFile>();
    v.sealed.forEach(s -> found.add(file(s.segment(), s.bytes())));
    v.active.ifPresent(a -> found.add(file(a.segment(), a.flushedEnd())));
    return found;
  }

  private static StoredFile file(Segment segment, long bytes) {
    return new StoredFile(String.valueOf(segment.path().getFileName()), bytes);
  }

  /**
   * Opens a file of {@link #files()}; one that was being written may have been sealed since.
   *
   * @throws NoSuchFileException if it was removed since
   */
  public OpenFile open(StoredFile file) throws IOException {
    Path path = settings.directory().resolve(file.name());
    try {
      return files.open(path, false);
    } catch (NoSuchFileException e) {
      if (!Segment.isOpen(path)) {
        throw e;
      }
      String sealed = file.name().replace(Segment.OPEN_SUFFIX, Segment.SEALED_SUFFIX);
      return files.open(settings.directory().resolve(sealed), false);
    }
  }

  /** Whether a name is that of a file of {@link #files()}. */
  public static boolean isSegment(String name) {
    return name.matches("[0-9]{20}\\.(open|segment)");
  }

  /**
   * Makes a directory whose segments were copied from another store one that may be opened: the log
   * begins with the first of them.
   */
  public static void beginWithFirst(FileAccess files, Path directory) throws IOException {
    for (Path path : files.list(directory)) {
      if (isSegment(String.valueOf(path.getFileName()))) {
        SegmentHeader header;
        try (OpenFile file = files.open(path, false)) {
          header = Segment.readHeader(file, path.toString());
        }
        if (header.firstOffset() > 1) {
          new Beginning(header.firstOffset(), header.previousCrc()).write(files, directory);
        }
        return;
      }
    }
  }

  /** Bytes of all segments. */
  public long bytes() {
    View v = view;
    return v.sealed.stream().mapToLong(SealedSegment::bytes).sum()
        + v.active.map(ActiveSegment::flushedEnd).orElse(0L);
  }

  /** How many segments there are. */
  public int segments() {
    View v = view;
    return v.sealed.size() + (v.active.isPresent() ? 1 : 0);
  }

  @Override
  public void close() {
    try {
      mark.sync();
      mark.close();
      if (view.active.isPresent()) {
        view.active.get().close();
      }
    } catch (IOException e) {
      log.warn("cannot close {}", settings.directory(), e);
    }
  }

  /** A segment and where what may be read of it ends. */
  private record Part(Segment segment, long end) {}

  private static Part part(View v, long offset) {
    for (int i = v.sealed.size() - 1; i >= 0; i--) {
      SealedSegment s = v.sealed.get(i);
      if (offset > s.footer().lastOffset()) {
        break;
      }
      if (offset >= s.segment().header().firstOffset()) {
        return new Part(s.segment(), s.footer().recordsEnd());
      }
    }
    return v.active
        .map(a -> new Part(a.segment(), a.flushedEnd()))
        .orElseThrow(() -> new IllegalArgumentException("no segment holds offset " + offset));
  }

  /** The file of a segment, which may have been sealed since it was looked up. */
  private OpenFile openEvenIfSealed(Segment segment) throws IOException {
    try {
      return files.open(segment.path(), false);
    } catch (NoSuchFileException e) {
      // See below.
    }
    try {
      return files.open(
          Segment.sealed(settings.directory(), segment.header().firstOffset()), false);
    } catch (NoSuchFileException e) {
      requireTruncated(segment);
      throw new VecraftException(
          ErrorCode.SNAPSHOT_EXPIRED,
          "partition %d is held from offset %d on".formatted(settings.partition(), firstOffset()));
    }
  }

  /** The damage that a missing file is; none if it was removed meanwhile. */
  private Optional<SegmentDamage> missing(Segment segment) {
    return segment.header().firstOffset() < firstOffset()
        ? Optional.empty()
        : Optional.of(new SegmentDamage(segment.path().toString(), 0, "the file is missing"));
  }

  private void requireTruncated(Segment segment) {
    Optional<SegmentDamage> damaged = missing(segment);
    if (damaged.isPresent()) {
      throw damaged.get();
    }
  }

  private <T> T reading(Reading<T> reading) {
    try {
      return reading.run(view);
    } catch (SegmentDamage e) {
      noteDamage(e);
      throw e.toVecraft();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + settings.directory(), e);
    }
  }

  private void noteDamage(SegmentDamage e) {
    if (damage.add(e.line())) {
      log.error("partition {}: damaged: {}", settings.partition(), e.line());
    }
  }

  private void checkUsable() {
    if (failed) {
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "partition " + settings.partition() + " has failed");
    }
  }

  private IllegalStateException die(String what, IOException cause) {
    failed = true;
    fatal.die(what, cause);
    return new IllegalStateException(what, cause);
  }

  @FunctionalInterface
  private interface Reading<T> {
    T run(View view) throws IOException;
  }
}
