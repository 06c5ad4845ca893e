package io.vecraft.journal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.raft.EntryPosition;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.server.HeldPartitions.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldPartitionsTest {
  private static final List<RaftMember> MEMBERS =
      List.of(
          new RaftMember("journal-1", "127.0.0.1", 9_001),
          new RaftMember("journal-2~3", "::1", 9_002),
          new RaftMember("journal-3", "journal-3.example", 9_003));

  @TempDir Path directory;

  private HeldPartitions read() throws IOException {
    return HeldPartitions.read(new DiskFiles(), directory);
  }

  @Test
  void eachIsKeptAsItCameOrWent() throws IOException {
    assertThat(read().entries()).isEmpty();
    read().added(5, MEMBERS).write(new DiskFiles(), directory);
    read().added(4, List.of()).write(new DiskFiles(), directory);
    read().joined(2, 3).write(new DiskFiles(), directory);
    read().left(3, 12, new EntryPosition(7, 900)).write(new DiskFiles(), directory);
    HeldPartitions read = read();
    assertThat(read.entries())
        .isEqualTo(
            Map.of(
                2, new Entry(3, true, List.of(), EntryPosition.NONE),
                3, new Entry(12, false, List.of(), new EntryPosition(7, 900)),
                4, new Entry(0, true, List.of(), EntryPosition.NONE),
                5, new Entry(0, true, MEMBERS, EntryPosition.NONE)));
    assertThat(read.held(List.of(1, 2, 3))).containsExactly(1, 2, 4, 5);
    assertThat(read.held(List.of())).containsExactly(2, 4, 5);
    assertThat(read.left()).containsExactly(3);
    assertThat(read.joined(3, 13).left()).isEmpty();
    assertThat(read.joined(3, 13).floor(3)).isEqualTo(new EntryPosition(7, 900));
    assertThat(read.left(3, 14, new EntryPosition(6, 1_000)).floor(3))
        .isEqualTo(new EntryPosition(7, 900));
  }

  @Test
  void everyByteThatIsWrongIsFound() throws IOException {
    read().added(5, MEMBERS).left(3, 12, EntryPosition.NONE).write(new DiskFiles(), directory);
    Path file = directory.resolve(HeldPartitions.FILE);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 4;
      Files.write(file, damaged);
      assertThatThrownBy(this::read)
          .as("byte %d", at)
          .isInstanceOfSatisfying(
              VecraftException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_DAMAGED));
    }
  }
}
