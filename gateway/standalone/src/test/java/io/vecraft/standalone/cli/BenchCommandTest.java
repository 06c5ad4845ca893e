package io.vecraft.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That every part of the command works and says what it should; not how fast anything is. */
class BenchCommandTest {
  @TempDir Path directory;

  @Test
  void measuresEachPartAndLeavesNothingBehind() throws Exception {
    Path json = directory.resolve("report.json");
    Path work = directory.resolve("work");
    int code =
        Vecraft.run(
            "bench",
            "--quick",
            "--only",
            "journal,replication,ingest,search,protocol,consistency",
            "--json",
            json.toString(),
            "--work",
            work.toString());
    assertThat(code).isZero();
    JsonNode report = Api.JSON.readTree(Files.readAllBytes(json));
    assertThat(report.path("machine").path("cpu").asText()).isNotEmpty();
    assertThat(report.path("machine").path("cores").asInt()).isPositive();
    for (JsonNode row : report.path("journal")) {
      assertThat(row.path("journal/s").asDouble()).isPositive();
      assertThat(row.path("plain/s").asDouble()).isPositive();
    }
    for (JsonNode row : report.path("ratis")) {
      assertThat(row.path("journal/s").asDouble()).isPositive();
      assertThat(row.path("ratis/s").asDouble()).isPositive();
    }
    assertThat(report.path("clock").findValuesAsText("clock"))
        .containsExactly("group of three", "one local");
    for (JsonNode row : report.path("clock")) {
      assertThat(row.path("P50 ms").asDouble()).isPositive();
      assertThat(row.path("cpu ms an append").asDouble()).isPositive();
    }
    assertThat(report.path("ingest").findValuesAsText("vectors")).containsExactly("1500");
    assertThat(report.path("search").findValuesAsText("codes")).contains("none", "lvq8");
    assertThat(report.path("protocol").findValuesAsText("protocol"))
        .containsExactly("REST", "gRPC");
    for (JsonNode row : report.path("protocol")) {
      assertThat(row.path("recall").asDouble()).isGreaterThanOrEqualTo(0.9);
      assertThat(row.path("cpu ms").asDouble()).isPositive();
    }
    assertThat(report.path("consistency").findValuesAsText("level"))
        .containsExactlyElementsOf(
            Stream.of("0", "100")
                .flatMap(lag -> Stream.of("eventual", "bounded", "read_your_writes", "strong"))
                .toList());
    try (Stream<Path> left = Files.list(work)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void measuresTheCellsOfTheMatrix() throws Exception {
    Path json = directory.resolve("matrix.json");
    String work = directory.resolve("matrix").toString();
    assertThat(Vecraft.run("bench", "matrix", "--quick", "--json", json.toString(), "--work", work))
        .isZero();
    JsonNode report = Api.JSON.readTree(Files.readAllBytes(json));
    assertThat(report.path("matrix").findValuesAsText("lag")).containsExactly("0", "100");
    for (JsonNode row : report.path("matrix")) {
      assertThat(row.path("own writes").asDouble()).isPositive();
      assertThat(row.path("strong").asDouble()).isPositive();
    }
    assertThat(report.path("shards").findValuesAsText("shards")).containsExactly("1", "5");
    assertThat(Vecraft.run("bench", "matrix", "--divisor", "0")).isEqualTo(ExitCodes.USAGE);
  }

  @Test
  void refusesWhatMakesNoSense() {
    for (List<String> options :
        List.of(
            List.of("--dimensions", "1"),
            List.of("--vectors", "10"),
            List.of("--rounds", "0"),
            List.of("--only", "nothing"))) {
      String[] arguments =
          Stream.concat(Stream.of("bench", "--quick"), options.stream()).toArray(String[]::new);
      assertThat(Vecraft.run(arguments)).as("%s", options).isEqualTo(ExitCodes.USAGE);
    }
  }
}
