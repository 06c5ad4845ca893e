package io.vecraft.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages name only what is there: files that are linked to, and commands that are run. */
class DocumentsTest {
  private static final Path ROOT = root();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(?:#[^)]*)?\\)");
  private static final Pattern COMMAND = Pattern.compile("\\./vecraft ([a-z][a-z-]*)");

  /** What the launcher does itself, and the parts of its own that it tests. */
  private static final Set<String> OF_THE_LAUNCHER =
      Set.of("build", "image", "java-home", "test", "test-crash", "test-faults", "test-kubernetes");

  static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      return Stream.concat(
              Stream.of(ROOT.resolve("README.md")),
              docs.filter(p -> p.toString().endsWith(".md")).sorted())
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyLinkLeadsToAFile(Path page) throws IOException {
    Set<String> broken = new TreeSet<>();
    LINK.matcher(Files.readString(page))
        .results()
        .map(found -> found.group(1))
        .filter(target -> !target.contains("://"))
        .filter(target -> !Files.exists(page.resolveSibling(target)))
        .forEach(broken::add);
    assertThat(broken).as("broken links of " + page.getFileName()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyCommandExists(Path page) throws IOException {
    Set<String> known = new TreeSet<>(Vecraft.commandLine().getSubcommands().keySet());
    known.addAll(OF_THE_LAUNCHER);
    Set<String> named = new TreeSet<>();
    COMMAND.matcher(Files.readString(page)).results().map(MatchResult::group).forEach(named::add);
    named.removeIf(command -> known.contains(command.substring("./vecraft ".length())));
    assertThat(named).as("unknown commands in " + page.getFileName()).isEmpty();
  }

  @Test
  void everyPackageIsOnTheCodeMap() throws IOException {
    String map = Files.readString(ROOT.resolve("docs/code-map.md"));
    Set<String> absent = new TreeSet<>();
    for (String module : List.of("journal", "dataplane", "gateway", "crds", "operator")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
        files
            .filter(f -> f.toString().contains("/src/main/java/") && f.toString().endsWith(".java"))
            .map(f -> ROOT.relativize(f.getParent()).toString())
            .filter(directory -> !map.contains("(../" + directory))
            .forEach(absent::add);
      }
    }
    assertThat(absent).as("packages that docs/code-map.md does not lead to").isEmpty();
  }

  private static Path root() {
    Path module = Path.of("").toAbsolutePath();
    for (Path at = module; at != null; at = at.getParent()) {
      if (Files.isExecutable(at.resolve("vecraft"))) {
        return at;
      }
    }
    throw new UncheckedIOException(new IOException("no launcher above " + module));
  }
}
