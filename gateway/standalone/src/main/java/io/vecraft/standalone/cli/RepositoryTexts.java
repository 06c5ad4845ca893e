package io.vecraft.standalone.cli;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cuts the documents and sources of a directory into pieces that are worth finding. */
final class RepositoryTexts {
  private static final Map<String, String> KINDS =
      Map.of(
          "md",
          "document",
          "java",
          "source",
          "proto",
          "source",
          "py",
          "source",
          "g4",
          "source",
          "toml",
          "settings",
          "xml",
          "settings");
  private static final Set<String> IGNORED = Set.of("target", "node_modules", "__pycache__");
  private static final int PIECE_CHARS = 1_200;
  private static final long FILE_BYTES_MAX = 1 << 20;

  private RepositoryTexts() {}

  /**
   * One piece of a file.
   *
   * @param path of the file, below the directory
   * @param line where it starts, from 1
   */
  record Piece(String path, String kind, int line, String text) {
    String id() {
      return path + ":" + line;
    }
  }

  /** The pieces of all text files below {@code root}, hidden and generated ones left out. */
  static List<Piece> read(Path root) throws IOException {
    List<Piece> pieces = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            String name = dir.equals(root) ? "" : dir.getFileName().toString();
            return name.startsWith(".") || IGNORED.contains(name)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            String name = file.getFileName().toString();
            String kind = KINDS.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "");
            if (attributes.isRegularFile()
                && attributes.size() <= FILE_BYTES_MAX
                && !kind.isEmpty()) {
              String path = root.relativize(file).toString().replace('\\', '/');
              try {
                cut(path, kind, Files.readAllLines(file), pieces);
              } catch (MalformedInputException e) {
                // Not text, whatever its name says.
                return FileVisitResult.CONTINUE;
              }
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return pieces;
  }

  /** Cuts at empty lines where a piece is large enough, so that what belongs together stays so. */
  static void cut(String path, String kind, List<String> lines, List<Piece> into) {
    StringBuilder text = new StringBuilder();
    int start = 1;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean full = text.length() + line.length() > PIECE_CHARS;
      boolean enough = text.length() > PIECE_CHARS / 2 && line.isBlank();
      if (!text.isEmpty() && (full || enough)) {
        into.add(new Piece(path, kind, start, text.toString().strip()));
        text.setLength(0);
      }
      if (text.isEmpty()) {
        if (line.isBlank()) {
          continue;
        }
        start = i + 1;
      }
      // A line that alone is longer than a piece is a table of data rather than text.
      text.append(line, 0, Math.min(line.length(), PIECE_CHARS)).append('\n');
    }
    if (!text.isEmpty()) {
      into.add(new Piece(path, kind, start, text.toString().strip()));
    }
  }
}
