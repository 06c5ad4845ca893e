package io.vecraft.index.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByteLogTest {
  @TempDir Path directory;

  @Test
  void entriesAreReadBackAlsoAcrossChunksAndAfterReopening() throws Exception {
    Random random = new Random(1);
    List<byte[]> entries = new ArrayList<>();
    List<Long> positions = new ArrayList<>();
    List<StoredFile> files;
    long size;
    try (ByteLog log = ByteLog.create("payload")) {
      for (int i = 0; i < 40; i++) {
        byte[] entry = new byte[i % 3 == 0 ? random.nextInt(50) : random.nextInt(3 << 20)];
        random.nextBytes(entry);
        entries.add(entry);
        positions.add(log.append(entry));
      }
      check(log, entries, positions);
      size = log.size();
      log.append(new byte[10]);
      files = log.write(directory, 1, size);
    }
    try (ByteLog log = ByteLog.open("payload", directory, files, size)) {
      assertThat(log.size()).isEqualTo(size);
      byte[] more = {1, 2, 3};
      entries.add(more);
      positions.add(log.append(more));
      check(log, entries, positions);
    }
  }

  @Test
  void aBadPositionIsAnException() {
    try (ByteLog log = ByteLog.create("payload")) {
      long position = log.append(new byte[100]);
      assertThatThrownBy(() -> log.read(position + 104))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> log.read(-1)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> log.read(position, 90, 11))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void aDamagedEntryIsFoundWhenRead() throws Exception {
    List<StoredFile> files;
    List<Long> positions = new ArrayList<>();
    long size;
    try (ByteLog log = ByteLog.create("payload")) {
      for (int i = 0; i < 20; i++) {
        positions.add(log.append(new byte[1 << 20]));
      }
      size = log.size();
      files = log.write(directory, 1, size);
    }
    RowStoreTest.flip(directory.resolve(files.getFirst().name()), 5_500_000);
    try (ByteLog log = ByteLog.open("payload", directory, files, size)) {
      int damaged = 0;
      for (long position : positions) {
        try {
          log.read(position);
        } catch (DamagedBlockException e) {
          damaged++;
        }
      }
      assertThat(damaged).isEqualTo(1);
    }
  }

  private static void check(ByteLog log, List<byte[]> entries, List<Long> positions) {
    for (int i = 0; i < entries.size(); i++) {
      byte[] entry = entries.get(i);
      assertThat(log.length(positions.get(i))).isEqualTo(entry.length);
      assertThat(log.read(positions.get(i))).isEqualTo(entry);
      int half = entry.length / 2;
      assertThat(log.read(positions.get(i), half, entry.length - half))
          .isEqualTo(java.util.Arrays.copyOfRange(entry, half, entry.length));
    }
  }
}
