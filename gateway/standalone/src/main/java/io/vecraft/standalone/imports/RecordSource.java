package io.vecraft.standalone.imports;

import java.util.Iterator;
import java.util.OptionalLong;

/**
 * The records of a file in their order, read as they are asked for. For use by one thread.
 *
 * <p>{@link #next} throws {@link ImportException} that names the line or row when the file is not
 * what it should be.
 */
public interface RecordSource extends Iterator<ImportRecord>, AutoCloseable {

  /** How many records there are, when the format says so without being read. */
  OptionalLong totalHint();

  @Override
  void close();
}
