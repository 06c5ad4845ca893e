package io.vecraft.journal.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The file system as the segments use it: small, so that tests can make it fail. */
public interface FileAccess {

  /** Makes a directory and its parents; fine if it is there. */
  void makeDirectories(Path directory) throws IOException;

  /** The files of a directory, by name. */
  List<Path> list(Path directory) throws IOException;

  /** Makes a file that must not exist yet, open for reading and writing. */
  OpenFile create(Path file) throws IOException;

  /** Opens a file that exists. */
  OpenFile open(Path file, boolean writable) throws IOException;

  /** Renames within a file system, replacing what is there; atomic. */
  void rename(Path from, Path to) throws IOException;

  void delete(Path file) throws IOException;

  /** Deletes a directory with everything in it; fine if it is not there. */
  void deleteTree(Path directory) throws IOException;

  boolean exists(Path file);

  /** Makes names of files durable that were created, renamed or deleted. */
  void syncDirectory(Path directory) throws IOException;

  /** Bytes free for this process on the file system of a path. */
  long usableBytes(Path path) throws IOException;

  /** An open file. Reads and writes name their position and may be concurrent. */
  interface OpenFile extends AutoCloseable {

    /** Writes everything that remains. */
    void write(ByteBuffer source, long position) throws IOException;

    /** Reads until the buffer is full or the file ends; returns the number of bytes read. */
    int read(ByteBuffer target, long position) throws IOException;

    long size() throws IOException;

    void truncate(long size) throws IOException;

    /** Makes content and length durable. Never to be retried after a failure. */
    void sync() throws IOException;

    @Override
    void close() throws IOException;
  }
}
