package io.vecraft.index.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowStoreTest {
  private static final int ROW_BYTES = 4096;

  /** Rows of a full chunk of 16 MiB. */
  private static final int CHUNK_ROWS = 4096;

  private static final RowFormat APPENDED = new RowFormat("appended", ROW_BYTES, true);
  private static final RowFormat CHANGED = new RowFormat("changed", ROW_BYTES, false);

  @TempDir Path directory;

  @Test
  void newRowsAreZeroAndKeepWhatIsSetWhileTheStoreGrows() {
    try (RowStore rows = RowStore.create(CHANGED)) {
      rows.ensure(1);
      assertThat(rows.getLong(0, 8)).isZero();
      rows.setLong(0, 8, -5);
      rows.setFloat(0, 16, 1.5f);
      rows.ensure(2 * CHUNK_ROWS + 1);
      rows.setInt(2 * CHUNK_ROWS, ROW_BYTES - 4, 7);
      rows.setByte(CHUNK_ROWS, 0, (byte) -1);

      assertThat(rows.getLong(0, 8)).isEqualTo(-5);
      assertThat(rows.getFloat(0, 16)).isEqualTo(1.5f);
      assertThat(rows.getInt(2 * CHUNK_ROWS, ROW_BYTES - 4)).isEqualTo(7);
      assertThat(rows.getByte(CHUNK_ROWS, 0)).isEqualTo((byte) -1);
    }
  }

  /** Huge pages come when the first is full, and with every later chunk. */
  @Test
  void rowsKeepWhatIsSetWhenTheStoreOutgrowsSmallPages() {
    try (RowStore rows = RowStore.create(CHANGED)) {
      for (int row = 0; row <= CHUNK_ROWS; row++) {
        rows.ensure(row + 1);
        assertThat(rows.getLong(row, 8)).isZero();
        rows.setLong(row, 8, row + 1);
      }
      for (int row = 0; row <= CHUNK_ROWS; row++) {
        assertThat(rows.getLong(row, 8)).isEqualTo(row + 1);
        assertThat(rows.getLong(row, 0)).isZero();
      }
    }
  }

  @Test
  void aStoreOfSoManyRowsTakesTheirMemoryAndDoesNotGrow() {
    RowFormat format = new RowFormat("fixed", 8, false);
    long chunk = 1L << format.chunkShift();
    for (long rows : new long[] {1, 1000, chunk, chunk + 5}) {
      try (RowStore store = RowStore.ofRows(format, rows)) {
        assertThat(store.capacity()).isEqualTo(rows);
        assertThat(store.offHeapBytes()).isEqualTo(rows * 8);
        store.setLong(rows - 1, 0, 7);
        assertThat(store.getLong(rows - 1, 0)).isEqualTo(7);
        assertThat(store.getLong(rows / 2, 0)).isEqualTo(rows == 1 ? 7 : 0);
        assertThatThrownBy(() -> store.getLong(rows, 0))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> store.ensure(rows + 1)).isInstanceOf(IllegalStateException.class);
      }
    }
  }

  @Test
  void aRowOrPositionThatDoesNotExistIsAnException() {
    try (RowStore rows = RowStore.create(CHANGED)) {
      rows.ensure(10);
      assertThatThrownBy(() -> rows.getInt(10, 0)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> rows.getInt(-1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> rows.getInt(0, ROW_BYTES - 3))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> rows.setLong(0, -1, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> rows.segment(Long.MAX_VALUE))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void addressesAreOfRowsThatExistOnly() {
    try (RowStore rows = RowStore.create(APPENDED)) {
      rows.ensure(CHUNK_ROWS + 2);
      int[] wanted = {-1, CHUNK_ROWS + 1, 3, CHUNK_ROWS, CHUNK_ROWS + 2};
      long[] addresses = new long[wanted.length];
      rows.addresses(wanted, 1, 4, addresses);
      for (int i = 1; i < 4; i++) {
        long address = rows.segment(wanted[i]).address() + rows.offset(wanted[i]);
        assertThat(addresses[i]).isEqualTo(address).isEqualTo(rows.address(wanted[i]));
      }
      assertThat(addresses[0]).isZero();
      for (int bad : new int[] {0, 4}) {
        assertThatThrownBy(() -> rows.addresses(wanted, bad, bad + 1, addresses))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> rows.address(wanted[bad]))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  @Test
  void useAfterCloseIsAnException() {
    RowStore rows = RowStore.create(CHANGED);
    rows.ensure(1);
    rows.close();
    rows.close();
    assertThatThrownBy(() -> rows.getInt(0, 0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void reopenedRowsAreTheStoredOnesAndGoOnGrowing() throws Exception {
    for (RowFormat format : List.of(APPENDED, CHANGED)) {
      int stored = 2 * CHUNK_ROWS + 100;
      List<StoredFile> files;
      try (RowStore rows = filled(format, stored)) {
        files = rows.write(directory, 1, stored, ChunkEditor.NONE);
      }
      assertThat(files).hasSize(3);
      try (RowStore rows = RowStore.open(format, directory, files, stored)) {
        assertThat(rows.capacity()).isEqualTo(stored);
        rows.ensure(stored + CHUNK_ROWS);
        rows.setInt(stored, 0, 77);
        for (int row = 0; row < stored; row += 97) {
          assertThat(rows.getInt(row, 4)).isEqualTo(row);
        }
        assertThat(rows.getInt(stored, 0)).isEqualTo(77);
        assertThat(rows.getInt(stored + 1, 4)).isZero();
      }
    }
  }

  @Test
  void onlyChangedChunksAreWrittenAgain() throws Exception {
    int stored = 2 * CHUNK_ROWS + 100;
    try (RowStore rows = filled(CHANGED, stored)) {
      List<StoredFile> first = rows.write(directory, 1, stored, ChunkEditor.NONE);
      rows.setInt(CHUNK_ROWS, 0, 5);
      List<StoredFile> second = rows.write(directory, 2, stored, ChunkEditor.NONE);
      assertThat(second.get(0)).isEqualTo(first.get(0));
      assertThat(second.get(1)).isNotEqualTo(first.get(1));
      assertThat(second.get(2)).isEqualTo(first.get(2));
      try (RowStore old = RowStore.open(CHANGED, directory, first, stored);
          RowStore young = RowStore.open(CHANGED, directory, second, stored)) {
        assertThat(old.getInt(CHUNK_ROWS, 0)).isZero();
        assertThat(young.getInt(CHUNK_ROWS, 0)).isEqualTo(5);

        young.setInt(0, 0, 6);
        List<StoredFile> third = young.write(directory, 3, stored, ChunkEditor.NONE);
        assertThat(third.get(0)).isNotEqualTo(first.get(0));
        assertThat(third.subList(1, 3)).isEqualTo(second.subList(1, 3));
        assertThat(old.getInt(0, 0)).isZero();
      }
    }
  }

  @Test
  void appendedChunksAreWrittenOnceAndTheLastOneAsItGrows() throws Exception {
    try (RowStore rows = filled(APPENDED, CHUNK_ROWS + 1)) {
      List<StoredFile> first = rows.write(directory, 1, CHUNK_ROWS + 1, ChunkEditor.NONE);
      assertThat(rows.write(directory, 2, CHUNK_ROWS + 1, ChunkEditor.NONE)).isEqualTo(first);
      rows.ensure(CHUNK_ROWS + 2);
      List<StoredFile> third = rows.write(directory, 3, CHUNK_ROWS + 2, ChunkEditor.NONE);
      assertThat(third.get(0)).isEqualTo(first.get(0));
      assertThat(third.get(1)).isNotEqualTo(first.get(1));
    }
  }

  @Test
  void anEditedCopyIsStoredAndMemoryStays() throws Exception {
    try (RowStore rows = filled(CHANGED, 10)) {
      List<StoredFile> files =
          rows.write(
              directory,
              1,
              10,
              (copy, first, count) -> {
                copy.set(RowStore.INT, 4, 1000);
                return true;
              });
      assertThat(rows.getInt(0, 4)).isZero();
      try (RowStore stored = RowStore.open(CHANGED, directory, files, 10)) {
        assertThat(stored.getInt(0, 4)).isEqualTo(1000);
      }
      assertThat(rows.write(directory, 2, 10, ChunkEditor.NONE)).isNotEqualTo(files);
    }
  }

  @Test
  void noRowsNeedNoFiles() throws Exception {
    try (RowStore rows = RowStore.create(APPENDED)) {
      List<StoredFile> files = rows.write(directory, 1, 0, ChunkEditor.NONE);
      assertThat(files).isEmpty();
      try (RowStore opened = RowStore.open(APPENDED, directory, files, 0)) {
        assertThat(opened.capacity()).isZero();
        opened.verifyAll();
      }
    }
  }

  @Test
  void aFlippedBitIsFoundWhenTouchedAndByTheScrubberWhereverItIs() throws Exception {
    int stored = CHUNK_ROWS + 100;
    List<StoredFile> files;
    try (RowStore rows = filled(CHANGED, stored)) {
      files = rows.write(directory, 1, stored, ChunkEditor.NONE);
    }
    for (StoredFile file : files) {
      Path path = directory.resolve(file.name());
      for (int part = 0; part <= 40; part++) {
        long at = Math.min(file.length() - 1, file.length() / 40 * part);
        flip(path, at);
        assertThatThrownBy(() -> touchAll(files, stored))
            .isInstanceOf(DamagedBlockException.class)
            .hasMessageContaining(file.name());
        assertThatThrownBy(() -> verify(files, stored)).isInstanceOf(DamagedBlockException.class);
        assertThatThrownBy(() -> StoredFiles.verify(directory, file))
            .isInstanceOf(DamagedBlockException.class);
        flip(path, at);
      }
    }
    touchAll(files, stored);
    verify(files, stored);
  }

  @Test
  void aTouchedBlockIsNamedAndOthersStayReadable() throws Exception {
    List<StoredFile> files;
    try (RowStore rows = filled(CHANGED, CHUNK_ROWS)) {
      files = rows.write(directory, 1, CHUNK_ROWS, ChunkEditor.NONE);
    }
    flip(directory.resolve(files.getFirst().name()), 3L * RowFile.BLOCK_BYTES + 17);
    try (RowStore rows = RowStore.open(CHANGED, directory, files, CHUNK_ROWS)) {
      assertThat(rows.getInt(11, 4)).isEqualTo(11);
      assertThatThrownBy(() -> rows.setInt(12, 4, 1))
          .isInstanceOfSatisfying(
              DamagedBlockException.class, e -> assertThat(e.block()).isEqualTo(3));
      assertThat(rows.getInt(16, 4)).isEqualTo(16);
      rows.setInt(16, 0, 1);
      assertThatThrownBy(() -> rows.write(directory, 2, CHUNK_ROWS, ChunkEditor.NONE))
          .isInstanceOf(DamagedBlockException.class);
    }
  }

  @Test
  void aFileThatIsMissingCutOrAnotherIsRefused() throws Exception {
    List<StoredFile> files;
    List<StoredFile> others;
    try (RowStore rows = filled(APPENDED, 10)) {
      files = rows.write(directory, 1, 10, ChunkEditor.NONE);
      rows.setInt(3, 3, 3);
    }
    try (RowStore rows = RowStore.create(APPENDED)) {
      rows.ensure(10);
      others = rows.write(directory, 2, 10, ChunkEditor.NONE);
    }
    Path path = directory.resolve(files.getFirst().name());
    byte[] content = Files.readAllBytes(path);
    Files.write(path, Files.readAllBytes(directory.resolve(others.getFirst().name())));
    assertThatThrownBy(() -> RowStore.open(APPENDED, directory, files, 10))
        .isInstanceOf(DamagedBlockException.class);
    Files.write(path, java.util.Arrays.copyOf(content, content.length - 1));
    assertThatThrownBy(() -> RowStore.open(APPENDED, directory, files, 10))
        .isInstanceOf(DamagedBlockException.class);
    Files.delete(path);
    assertThatThrownBy(() -> RowStore.open(APPENDED, directory, files, 10))
        .isInstanceOf(DamagedBlockException.class)
        .hasMessageContaining("missing");
    assertThatThrownBy(() -> StoredFiles.verify(directory, files.getFirst()))
        .isInstanceOf(DamagedBlockException.class);
  }

  private RowStore filled(RowFormat format, int count) {
    RowStore rows = RowStore.create(format);
    rows.ensure(count);
    for (int row = 0; row < count; row++) {
      rows.setInt(row, 4, row);
    }
    return rows;
  }

  private void touchAll(List<StoredFile> files, int stored) throws Exception {
    try (RowStore rows = RowStore.open(CHANGED, directory, files, stored)) {
      for (int row = 0; row < stored; row++) {
        assertThat(rows.getInt(row, 4) == row).isTrue();
      }
    }
  }

  private void verify(List<StoredFile> files, int stored) throws Exception {
    try (RowStore rows = RowStore.open(CHANGED, directory, files, stored)) {
      rows.verifyAll();
    }
  }

  static void flip(Path path, long at) throws Exception {
    try (var file = new java.io.RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      int value = file.read();
      file.seek(at);
      file.write(value ^ 0x10);
    }
  }
}
