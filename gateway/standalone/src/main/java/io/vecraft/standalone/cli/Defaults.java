package io.vecraft.standalone.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where an option that is not on the command line comes from: the environment, as {@code VECRAFT_}
 * and its name in capitals ({@code --etcd-user}: {@code VECRAFT_ETCD_USER}), else the file that
 * {@code --config} or {@code VECRAFT_CONFIG} names, a line {@code etcd-user=...} each.
 */
final class Defaults implements IDefaultValueProvider {
  private static final String FLAG = "--config";

  private final Map<String, String> environment;
  private final Properties file;

  private Defaults(Map<String, String> environment, Properties file) {
    this.environment = environment;
    this.file = file;
  }

  /**
   * Reads the file that the arguments or the environment name, if any.
   *
   * @throws UsageException when it cannot be read
   */
  static Defaults of(String[] arguments, Map<String, String> environment) {
    var properties = new Properties();
    Optional<String> name =
        named(arguments).or(() -> Optional.ofNullable(environment.get("VECRAFT_CONFIG")));
    if (name.isPresent()) {
      try (Reader reader = Files.newBufferedReader(Path.of(name.get()))) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new UsageException("the configuration " + name.get() + " cannot be read: " + e);
      }
    }
    return new Defaults(environment, properties);
  }

  private static Optional<String> named(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith(FLAG + "=")) {
        return Optional.of(arguments[i].substring(FLAG.length() + 1));
      }
      if (arguments[i].equals(FLAG) && i + 1 < arguments.length) {
        return Optional.of(arguments[i + 1]);
      }
    }
    return Optional.empty();
  }

  /**
   * Refuses a file with a setting that no command has.
   *
   * @throws UsageException that names it
   */
  void requireKnown(CommandLine program) {
    for (String name : file.stringPropertyNames()) {
      boolean known =
          program.getSubcommands().values().stream()
              .anyMatch(command -> command.getCommandSpec().findOption("--" + name) != null);
      if (!known) {
        throw new UsageException("the configuration sets '" + name + "', which no command has");
      }
    }
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || !option.longestName().startsWith("--")) {
      return null;
    }
    String name = option.longestName().substring(2);
    String variable = "VECRAFT_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
    String value = environment.get(variable);
    return value != null ? value : file.getProperty(name);
  }
}
