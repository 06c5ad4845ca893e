package io.vecraft.standalone.cli;

import io.vecraft.standalone.StandaloneConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of a process with a public port. */
final class EdgeOptions {
  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Address to listen on. API keys are required unless it is a loopback address."
              + " Default: ${DEFAULT-VALUE}.")
  String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8750",
      description = "Port of REST and gRPC; 0 picks a free one. Default: ${DEFAULT-VALUE}.")
  int port = StandaloneConfig.DEFAULT_PORT;

  @Option(names = "--require-keys", description = "Require API keys on a loopback address as well.")
  boolean requireKeys;

  @Option(
      names = "--embedding-url",
      paramLabel = "PREFIX",
      description =
          "Allow embedding providers at URLs that start with this; may be repeated."
              + " None is allowed by default.")
  List<URI> embeddingUrls = List.of();

  @Option(
      names = "--embedding-key-dir",
      paramLabel = "DIR",
      description =
          "Directory of the keys of embedding providers: collections name files in it and nothing"
              + " else. By default any file and environment variable.")
  Optional<Path> embeddingKeys = Optional.empty();

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Certificate chain in PEM, with --tls-key; read again when it changes.")
  Optional<Path> certificate = Optional.empty();

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Private key in PEM (PKCS#8); read again when it changes.")
  Optional<Path> key = Optional.empty();

  Optional<StandaloneConfig.Tls> tls() {
    if (certificate.isPresent() != key.isPresent()) {
      throw new UsageException("--tls-cert and --tls-key go together");
    }
    return certificate.map(c -> new StandaloneConfig.Tls(c, key.orElseThrow()));
  }

  boolean keysRequired() {
    return requireKeys || !StandaloneConfig.isLoopback(host);
  }

  /** Where clients find it. */
  String endpoint(int actualPort) {
    String name = host.contains(":") ? "[" + host + "]" : host;
    return (tls().isPresent() ? "https://" : "http://") + name + ":" + actualPort;
  }
}
