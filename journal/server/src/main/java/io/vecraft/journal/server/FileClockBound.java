package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.FileAccess.OpenFile;
import io.vecraft.journal.time.ClockBound;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The bound of a clock member in the journal's directory, file {@value #FILE}: two slots, a page
 * apart, written in turns, so that one is whole whatever happens to the other.
 *
 * <p>Not safe for concurrent use; a lock keeps other processes out.
 */
public final class FileClockBound implements ClockBound, AutoCloseable {
  static final String FILE = "clock";
  private static final int SLOT_BYTES = 40;
  private static final int SLOT_DISTANCE = 4096;
  private static final int FORMAT = 1;

  private final OpenFile file;
  private final FatalError fatal;
  private final DirectoryLock lock;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private Saved saved;
  private long sequence;

  // Guarded by this.
  private boolean closed;

  private FileClockBound(
      OpenFile file, FatalError fatal, DirectoryLock lock, Saved saved, long sequence) {
    this.file = file;
    this.fatal = fatal;
    this.lock = lock;
    this.saved = saved;
    this.sequence = sequence;
  }

  /**
   * Opens the bound in a journal's directory, making it for a directory that holds no journal yet.
   *
   * @throws VecraftException {@code data_damaged} if a journal's bound is missing or damaged:
   *     stamps that were given might be given again
   */
  public static FileClockBound open(Path directory) {
    return open(directory, new DiskFiles(), FatalError.HALT);
  }

  /** As {@link #open(Path)}, over a given file system. */
  public static FileClockBound open(Path directory, FileAccess files, FatalError fatal) {
    DirectoryLock lock = DirectoryLock.take(directory, "clock.lock");
    try {
      return open(directory, files, fatal, lock);
    } catch (IOException e) {
      lock.close();
      throw new UncheckedIOException("cannot open " + directory.resolve(FILE), e);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static FileClockBound open(
      Path directory, FileAccess files, FatalError fatal, DirectoryLock lock) throws IOException {
    Path path = directory.resolve(FILE);
    if (!files.exists(path)) {
      if (files.exists(directory.resolve(ClusterIdentity.FILE))) {
        throw new VecraftException(
            ErrorCode.DATA_DAMAGED, path + " is missing: stamps might be given a second time");
      }
      Path temporary = directory.resolve(FILE + ".new");
      if (files.exists(temporary)) {
        files.delete(temporary);
      }
      try (OpenFile made = files.create(temporary)) {
        made.write(slot(Saved.NEW, 1, ByteBuffer.allocate(SLOT_BYTES)), 0);
        made.sync();
      }
      files.rename(temporary, path);
      files.syncDirectory(directory);
    }
    OpenFile file = files.open(path, true);
    ByteBuffer newest = ByteBuffer.allocate(0);
    long sequence = 0;
    for (int i = 0; i < 2; i++) {
      ByteBuffer b = ByteBuffer.allocate(SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      int got = file.read(b, (long) i * SLOT_DISTANCE);
      b.flip();
      if (got == SLOT_BYTES
          && b.getInt(SLOT_BYTES - 4) == checksum(b)
          && b.getInt(0) == FORMAT
          && b.getLong(8) > sequence) {
        newest = b;
        sequence = b.getLong(8);
      }
    }
    if (sequence == 0) {
      file.close();
      throw new VecraftException(ErrorCode.DATA_DAMAGED, path + ": both slots are damaged");
    }
    var saved = new Saved(newest.getLong(16), newest.getLong(24), newest.getInt(4) != 0);
    return new FileClockBound(file, fatal, lock, saved, sequence);
  }

  @Override
  public Saved load() {
    return saved;
  }

  @Override
  public synchronized void persist(Saved next) {
    if (closed) {
      // The clock moves its bound ahead in the background: at the end of a process, perhaps now.
      throw new VecraftException(ErrorCode.UNAVAILABLE, "the clock's bound is closed");
    }
    try {
      buffer.clear();
      file.write(slot(next, sequence + 1, buffer), sequence % 2 * SLOT_DISTANCE);
      file.sync();
    } catch (IOException e) {
      fatal.die("cannot persist the clock's bound", e);
      throw new UncheckedIOException("cannot persist the clock's bound", e);
    }
    sequence++;
    saved = next;
  }

  private static ByteBuffer slot(Saved saved, long sequence, ByteBuffer target) {
    ByteBuffer b = target.order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(FORMAT).putInt(saved.sealed() ? 1 : 0).putLong(sequence);
    b.putLong(saved.bound()).putLong(saved.epoch()).putInt(0);
    b.putInt(checksum(b));
    return b.flip();
  }

  private static int checksum(ByteBuffer slot) {
    var crc = new CRC32C();
    crc.update(slot.slice(0, SLOT_BYTES - 4));
    return (int) crc.getValue();
  }

  /** Lets a bound that is being written become durable; none is written afterwards. */
  @Override
  public synchronized void close() {
    closed = true;
    try (lock) {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
