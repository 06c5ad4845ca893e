package io.vecraft.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryTextsTest {
  @Test
  void piecesStartWhereTheySayAndLoseNothing() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      lines.add(i % 7 == 0 ? "" : "line " + i + " with some words in it");
    }
    List<RepositoryTexts.Piece> pieces = new ArrayList<>();
    RepositoryTexts.cut("f.md", "document", lines, pieces);
    assertThat(pieces).hasSizeGreaterThan(5);
    List<String> joined = new ArrayList<>();
    for (RepositoryTexts.Piece piece : pieces) {
      List<String> text = piece.text().lines().toList();
      assertThat(lines.get(piece.line() - 1)).isEqualTo(text.getFirst());
      assertThat(piece.text().length()).isLessThanOrEqualTo(1_200);
      text.stream().filter(line -> !line.isBlank()).forEach(joined::add);
    }
    assertThat(joined).isEqualTo(lines.stream().filter(line -> !line.isBlank()).toList());
    assertThat(pieces.stream().map(RepositoryTexts.Piece::id)).doesNotHaveDuplicates();
  }

  @Test
  void aLongLineAndAnEmptyFileAreNoTrouble() {
    List<RepositoryTexts.Piece> pieces = new ArrayList<>();
    RepositoryTexts.cut("a", "source", List.of("x".repeat(10_000)), pieces);
    RepositoryTexts.cut("b", "source", Collections.nCopies(5, " "), pieces);
    assertThat(pieces).hasSize(1);
  }

  @Test
  void onlyTextsThatAreNotMadeAreRead(@TempDir Path root) throws IOException {
    Files.createDirectories(root.resolve("target"));
    Files.createDirectories(root.resolve(".git"));
    Files.writeString(root.resolve("target/a.md"), "made");
    Files.writeString(root.resolve(".git/b.md"), "hidden");
    Files.writeString(root.resolve("c.md"), "read me");
    Files.write(root.resolve("d.java"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    Files.writeString(root.resolve("e.png"), "picture");
    assertThat(RepositoryTexts.read(root).stream().map(RepositoryTexts.Piece::path))
        .containsExactly("c.md");
  }
}
