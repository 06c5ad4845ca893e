package io.vecraft.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The definitions in the Helm chart are those that the build makes of the Java types. With {@code
 * -Dvecraft.update=true} the test writes them.
 */
class GeneratedDefinitionsTest {
  private static final Path MADE = Path.of("target/classes/META-INF/fabric8");
  private static final Path KEPT = Path.of("../charts/vecraft-operator/crds");

  @Test
  void theChartHasWhatTheBuildMakes() throws IOException {
    List<String> made = names(MADE);
    assertThat(made)
        .containsExactly(
            "collections.vecraft.io-v1.yml",
            "journalpartitions.vecraft.io-v1.yml",
            "vecraftclusters.vecraft.io-v1.yml");
    if (Boolean.getBoolean("vecraft.update")) {
      for (String name : made) {
        Files.writeString(KEPT.resolve(name), Files.readString(MADE.resolve(name)));
      }
    }
    assertThat(names(KEPT)).isEqualTo(made);
    for (String name : made) {
      assertThat(KEPT.resolve(name))
          .as("run this test with -Dvecraft.update=true and commit what it writes")
          .hasSameTextualContentAs(MADE.resolve(name));
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }
}
