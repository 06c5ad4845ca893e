package io.vecraft.standalone.cli;

import io.vecraft.gateway.limits.Limit;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The program {@code vecraft}. */
@Command(
    name = "vecraft",
    mixinStandardHelpOptions = true,
    versionProvider = Vecraft.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "A vector database whose single source of truth is a journal.",
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 conflict, 5 server unavailable.",
      "Start here: vecraft quickstart"
    },
    subcommands = {
      QuickstartCommand.class,
      StandaloneCommand.class,
      GatewayCommand.class,
      QueryCommand.class,
      StorageCommand.class,
      ControlCommand.class,
      ClusterCommand.class,
      StatusCommand.class,
      CollectionCommand.class,
      ImportCommand.class,
      ExportCommand.class,
      SearchCommand.class,
      GetCommand.class,
      DeleteCommand.class,
      HistoryCommand.class,
      JournalCommand.class,
      KeyCommand.class,
      NodeCommand.class,
      BenchCommand.class,
      CompletionCommand.class,
      TrainCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Vecraft implements Runnable {

  @CommandLine.Spec CommandSpec spec = CommandSpec.create();

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the command line in this process; returns the exit code. */
  static int run(String... arguments) {
    // Whatever the locale says: the files and the terminal of this century are in UTF-8.
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    CommandLine line = commandLine().setOut(out).setErr(err);
    try {
      Defaults defaults = Defaults.of(arguments, System.getenv());
      defaults.requireKnown(line);
      line.setDefaultValueProvider(defaults);
    } catch (UsageException e) {
      err.println(e.getMessage());
      return ExitCodes.USAGE;
    }
    return line.execute(arguments);
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Vecraft());
    LimitOptions.addAll(specOf(line, "standalone"));
    LimitOptions.add(specOf(line, "gateway"), List.of(Limit.values()), List.of());
    LimitOptions.add(
        Objects.requireNonNull(
                Objects.requireNonNull(line.getSubcommands().get("journal"))
                    .getSubcommands()
                    .get("serve"))
            .getCommandSpec(),
        List.of(),
        JournalServeCommand.LIMITS);
    LimitOptions.add(specOf(line, "query"), List.of(), QueryCommand.LIMITS);
    LimitOptions.add(specOf(line, "storage"), List.of(), StorageCommand.LIMITS);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(Vecraft::report);
    return line;
  }

  private static CommandSpec specOf(CommandLine line, String command) {
    return Objects.requireNonNull(line.getSubcommands().get(command)).getCommandSpec();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  /** One line for a person that says what went wrong and, where it helps, about what. */
  private static int report(
      Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    PrintWriter err = command.getErr();
    switch (failure) {
      case UsageException usage -> {
        err.println(usage.getMessage());
        err.println("Try 'vecraft " + path(command) + "--help'.");
        return ExitCodes.USAGE;
      }
      case ApiException refused -> {
        if (refused.status() == 0) {
          err.println("error: " + refused.getMessage());
          return refused.exitCode();
        }
        err.println(
            "error: "
                + refused.getMessage()
                + refused.field().map(field -> " (" + field + ")").orElse("")
                + " ["
                + refused.code()
                + (refused.requestId().isEmpty() ? "" : ", request " + refused.requestId())
                + "]");
        return refused.exitCode();
      }
      default -> {
        err.println("error: " + Optional.ofNullable(failure.getMessage()).orElse("" + failure));
        if (Boolean.getBoolean("vecraft.debug")) {
          failure.printStackTrace(err);
        }
        return ExitCodes.FAILURE;
      }
    }
  }

  private static String path(CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    return name.equals("vecraft") ? "" : name.substring("vecraft ".length()) + " ";
  }

  /** The version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "vecraft "
            + Optional.ofNullable(Vecraft.class.getPackage().getImplementationVersion())
                .orElse("(built from source)")
      };
    }
  }
}
