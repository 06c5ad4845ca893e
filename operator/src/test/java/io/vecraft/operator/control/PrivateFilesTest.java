package io.vecraft.operator.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

class PrivateFilesTest {
  @Test
  void nobodyElseReadsThemAndNothingIsLeft() throws IOException {
    Path file;
    try (PrivateFiles files = PrivateFiles.make()) {
      file = files.path("a");
      files.write("a", "one");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
          .isEqualTo("rwx------");
      assertThat(file).hasContent("one");
    }
    assertThat(file.getParent()).doesNotExist();
  }

  @Test
  void aFileIsReplacedWhenItsTextIsAnother() throws IOException {
    try (PrivateFiles files = PrivateFiles.make()) {
      files.write("a", "one");
      Object first = key(files);
      files.write("a", "one");
      assertThat(key(files)).isEqualTo(first);
      files.write("a", "two");
      assertThat(key(files)).isNotEqualTo(first);
      assertThat(files.path("a")).hasContent("two");
      assertThat(files.path("a").getParent()).isDirectoryNotContaining("glob:**.new");
    }
  }

  @Test
  void whatAKilledProcessHasLeftIsDeletedAndNothingElse() throws IOException {
    Path tmp = Path.of(System.getProperty("java.io.tmpdir"));
    // No process has an id that large.
    Path left = Files.createDirectory(tmp.resolve("vecraft-control-999999999999-left"));
    Files.writeString(left.resolve("internal-tls.key"), "key");
    long other = ProcessHandle.current().parent().orElseThrow().pid();
    Path alive = Files.createDirectory(tmp.resolve("vecraft-control-" + other + "-alive"));
    try {
      PrivateFiles.dropLeftovers();
      assertThat(left).doesNotExist();
      assertThat(alive).isDirectory();
    } finally {
      Files.delete(alive);
    }
  }

  /** What tells a file from another that was put in its place. */
  private static Object key(PrivateFiles files) throws IOException {
    return Files.getAttribute(files.path("a"), "unix:ino");
  }
}
