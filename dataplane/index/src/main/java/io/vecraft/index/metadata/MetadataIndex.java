package io.vecraft.index.metadata;

import io.vecraft.index.filter.Filter;
import io.vecraft.index.filter.MetadataSchema;
import java.io.IOException;
import java.nio.file.Path;

/**
 * An index of the declared metadata fields by row. Rows are added in ascending order and never
 * changed.
 *
 * <p>One thread adds, declares and writes; any number plan at the same time, without locks.
 */
public final class MetadataIndex {
  private MetadataIndex() {}

  /** An empty index. */
  public static MetadataIndex create(MetadataSchema schema) {
    throw new UnsupportedOperationException(schema.toString());
  }

  /**
   * Maps an index written by {@link #write}. Rows indexed before a field of {@code schema} was
   * declared are not narrowed by that field.
   *
   * @throws IOException when the file cannot be read or is damaged
   */
  public static MetadataIndex open(Path file, MetadataSchema schema) throws IOException {
    throw new UnsupportedOperationException(file + " " + schema);
  }

  /** Takes a schema with additional fields into use for the rows to come. */
  public void declare(MetadataSchema schema) {
    throw new UnsupportedOperationException(schema.toString());
  }

  /**
   * Adds a row.
   *
   * @param row larger than every row before; rows left out match nothing
   * @param metadataJson a JSON object in UTF-8; empty means {@code {}}
   */
  public void add(int row, byte[] metadataJson) {
    throw new UnsupportedOperationException(row + " " + metadataJson.length);
  }

  /** One more than the last row, 0 at first. */
  public int bound() {
    throw new UnsupportedOperationException();
  }

  /** Which rows match or may match a filter; the filter's fields may be undeclared. */
  public Candidates plan(Filter filter) {
    throw new UnsupportedOperationException(filter.toString());
  }

  /** Writes the rows so far to a new file and forces it to disk. */
  public void write(Path file) throws IOException {
    throw new UnsupportedOperationException(file.toString());
  }

  /** Memory outside the Java heap, mapped files not counted, in bytes. */
  public long offHeapBytes() {
    throw new UnsupportedOperationException();
  }
}
