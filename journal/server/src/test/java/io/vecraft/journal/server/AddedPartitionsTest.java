package io.vecraft.journal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.segment.DiskFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AddedPartitionsTest {
  private static final List<RaftMember> MEMBERS =
      List.of(
          new RaftMember("journal-1", "127.0.0.1", 9_001),
          new RaftMember("journal-2~3", "::1", 9_002),
          new RaftMember("journal-3", "journal-3.example", 9_003));

  @TempDir Path directory;

  private AddedPartitions read() throws IOException {
    return AddedPartitions.read(new DiskFiles(), directory);
  }

  @Test
  void eachIsKeptWithTheReplicasThatItBeganWith() throws IOException {
    assertThat(read().first()).isEmpty();
    read().with(5, MEMBERS).write(new DiskFiles(), directory);
    read().with(4, List.of()).write(new DiskFiles(), directory);
    assertThat(read().first()).isEqualTo(Map.of(4, List.of(), 5, MEMBERS));
  }

  @Test
  void everyByteThatIsWrongIsFound() throws IOException {
    read().with(5, MEMBERS).write(new DiskFiles(), directory);
    Path file = directory.resolve(AddedPartitions.FILE);
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
