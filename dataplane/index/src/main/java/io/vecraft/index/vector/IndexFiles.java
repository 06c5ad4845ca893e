package io.vecraft.index.vector;

import io.vecraft.index.memory.RowFormat;
import io.vecraft.index.memory.RowStore;
import io.vecraft.index.memory.StoredFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The files of one checkpoint of an index, found by the name of the store that wrote them. */
record IndexFiles(Path directory, List<StoredFile> files) {
  RowStore open(RowFormat format, long rows) throws IOException {
    return RowStore.open(format, directory, of(format.name()), rows);
  }

  /** The files of a store, in the order in which it returned them. */
  List<StoredFile> of(String store) {
    return files.stream().filter(file -> file.name().startsWith(store + ".")).toList();
  }
}
