package io.vecraft.standalone.cli;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of every command that talks to a server. */
final class Connection {
  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      defaultValue = "${env:VECRAFT_ENDPOINT:-http://127.0.0.1:8750}",
      description = "The server; environment VECRAFT_ENDPOINT. Default: http://127.0.0.1:8750.")
  URI endpoint = URI.create("http://127.0.0.1:8750");

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description = "The API key; better given as environment VECRAFT_API_KEY.")
  Optional<String> apiKey = Optional.empty();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long one try of a call may take. Default: ${DEFAULT-VALUE}.")
  int timeoutSeconds = 30;

  @Option(names = "--json", description = "Print the server's answer as JSON.")
  boolean json;

  /** A client that gives up after a few seconds, for commands that a person waits for. */
  Api open() {
    return open(Duration.ofSeconds(2));
  }

  /** A client that repeats failed tries for as long as {@code patience}. */
  Api open(Duration patience) {
    String text = endpoint.toString();
    String scheme = Optional.ofNullable(endpoint.getScheme()).orElse("").toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new UsageException("--endpoint must start with http:// or https://, not be " + text);
    }
    URI base = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    Optional<String> key =
        apiKey
            .or(() -> Optional.ofNullable(System.getenv("VECRAFT_API_KEY")))
            .filter(k -> !k.isBlank());
    return new Api(base, key, Duration.ofSeconds(timeoutSeconds), patience);
  }
}
