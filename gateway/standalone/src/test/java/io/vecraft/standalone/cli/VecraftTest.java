package io.vecraft.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class VecraftTest {
  private final FakeServer server;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  VecraftTest() throws IOException {
    server = new FakeServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private int run(String... arguments) {
    return Vecraft.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private int call(String... arguments) {
    return run(
        Stream.concat(Stream.of(arguments), Stream.of("--endpoint=" + server.endpoint()))
            .toArray(String[]::new));
  }

  @Test
  void everyCommandHasADescriptionAndHelp() {
    everyCommand(Vecraft.commandLine().setOut(new PrintWriter(out)));
  }

  private static void everyCommand(CommandLine command) {
    CommandLine.Model.CommandSpec spec = command.getCommandSpec();
    if (!spec.usageMessage().hidden()) {
      assertThat(spec.usageMessage().description()).as(spec.qualifiedName()).isNotEmpty();
      assertThat(command.execute("--help")).as(spec.qualifiedName()).isZero();
      for (CommandLine.Model.OptionSpec option : spec.options()) {
        assertThat(option.description()).as(spec.qualifiedName() + " " + option).isNotEmpty();
      }
    }
    command.getSubcommands().values().forEach(VecraftTest::everyCommand);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "collection",
        "collection create",
        "collection create x",
        "search x",
        "search x text --like y",
        "search x --vector 1,two",
        "delete x",
        "get x",
        "import",
        "import /no/such/file",
        "status --endpoint ftp://x",
        "collection alter x",
        "standalone --port 70000",
        "standalone --tls-cert x"
      })
  void wrongUsageIsTwo(String line) {
    String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");
    assertThat(run(arguments)).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).isNotEmpty();
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void anErrorOfTheServerIsOneLineAndAnExitCode() {
    server.answer(request -> FakeServer.error(404, "collection_not_found"));
    assertThat(call("collection", "describe", "docs")).isEqualTo(ExitCodes.NOT_FOUND);
    assertThat(err.toString().strip())
        .isEqualTo("error: it is collection_not_found (k) [collection_not_found, request r]");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aCollectionIsMadeAsAsked() throws IOException {
    server.answer(request -> new FakeServer.Reply(201, "{}"));
    int exit =
        call(
            "collection",
            "create",
            "docs",
            "--dimension=4",
            "--schema=year=integer,kind=keyword",
            "--index=m=8,quantization=lvq8",
            "--time-travel=60");
    assertThat(exit).isZero();
    FakeServer.Request request = server.requests().getFirst();
    assertThat(request.method() + " " + request.path()).isEqualTo("PUT /v1/collections/docs");
    assertThat(Api.JSON.readTree(request.body()))
        .isEqualTo(
            Api.JSON.readTree(
                "{\"dimension\":4,\"schema\":{\"year\":\"integer\",\"kind\":\"keyword\"},"
                    + "\"time_travel_window_s\":60,\"index\":{\"m\":8,\"quantization\":\"lvq8\"}}"));
    assertThat(out.toString().strip()).isEqualTo("Made collection docs.");
  }

  @Test
  void collectionsAreATable() {
    server.answer(request ->
        FakeServer.ok(
            "{\"collections\":[{\"name\":\"docs\",\"dimension\":4,\"metric\":\"l2\","
                + "\"shards\":3,\"schema\":{\"a\":\"bool\"},\"records\":1234567}]}"));
    assertThat(call("collection", "list")).isZero();
    assertThat(out.toString().lines().toList())
        .containsExactly(
            "COLLECTION    RECORDS  DIMENSION  METRIC  SHARDS  SCHEMA",
            "docs        1,234,567          4  l2           3  a=bool");
  }

  @Test
  void aSearchSaysHowFreshItIs() {
    server.answer(request ->
        FakeServer.ok(
            "{\"results\":[{\"id\":\"a\",\"score\":0.5,\"metadata\":{\"t\":\"x\\ny\"}}],"
                + "\"consistency_info\":{\"level_achieved\":\"strong\",\"staleness_ms\":0,"
                + "\"as_of\":\"900000000000000000\"},\"search_info\":{\"took_us\":1500}}"));
    assertThat(call("search", "docs", "a question", "--level=strong", "--filter=a = 1", "-k", "3"))
        .isZero();
    assertThat(out.toString())
        .contains("0.5000  a   {\"t\":\"x\\ny\"}")
        .contains("strong, at most 0 ms old, as of 900000000000000000 (2024-");
    FakeServer.Request request = server.requests().getFirst();
    assertThat(request.level()).isEqualTo("strong");
    assertThat(request.body())
        .contains("\"filters\":\"a = 1\"", "\"k\":3", "\"text\":\"a question\"");
  }

  @Test
  void anExportAppearsWhenItIsWhole(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("out.jsonl");
    server.answer(request -> {
      if (request.path().endsWith("/count")) {
        return FakeServer.ok("{\"count\":2}");
      }
      return request.body().contains("cursor")
          ? FakeServer.ok("{\"vectors\":[{\"id\":\"b\"}]}")
          : FakeServer.ok("{\"vectors\":[{\"id\":\"a\"}],\"cursor\":\"c\"}");
    });
    assertThat(call("export", "docs", file.toString())).isZero();
    assertThat(Files.readAllLines(file)).containsExactly("{\"id\":\"a\"}", "{\"id\":\"b\"}");
    assertThat(server.requests().getLast().body())
        .as("every page asks for the same fields")
        .contains("\"include\":[\"metadata\",\"vector\"]");
    server.answer(request -> FakeServer.error(404, "collection_not_found"));
    Path other = directory.resolve("other.jsonl");
    assertThat(call("export", "docs", other.toString())).isEqualTo(ExitCodes.NOT_FOUND);
    assertThat(other).doesNotExist();
  }

  @Test
  void aKeyOfOneCollectionHasItsGrantsThere() {
    server.answer(request -> new FakeServer.Reply(201, "{\"key\":\"vk_1_secret\"}"));
    assertThat(call("key", "create", "me", "--grant=read,write", "--collection=docs")).isZero();
    assertThat(out.toString().strip()).isEqualTo("vk_1_secret");
    assertThat(server.requests().getFirst().body())
        .isEqualTo("{\"name\":\"me\",\"grants\":[\"read:docs\",\"write:docs\"]}");
  }

  @Test
  void theCompletionScriptKnowsTheCommands() {
    assertThat(run("completion")).isZero();
    assertThat(out.toString()).contains("quickstart", "standalone", "--max-staleness-ms");
  }
}
