package io.vecraft.standalone.cli;

import io.vecraft.cluster.NodeSettings;
import io.vecraft.journal.meta.EtcdSettings;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalTls;
import io.vecraft.journal.tls.IdentityFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of every process of a cluster. */
final class NodeOptions {
  @Option(
      names = "--name",
      required = true,
      paramLabel = "NAME",
      description = "Name of this process, for good; unique in the cluster.")
  String name = "";

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:0",
      description =
          "Where internal services listen; port 0 picks a free one. Other than loopback needs"
              + " certificates. Default: ${DEFAULT-VALUE}.")
  String listen = "127.0.0.1:0";

  @Option(
      names = "--advertise",
      paramLabel = "HOST:PORT",
      description = "Where the others find it. Default: as --listen.")
  Optional<String> advertise = Optional.empty();

  @Option(
      names = "--ops",
      paramLabel = "HOST:PORT",
      description = "Where /healthz, /readyz and /metrics are served. Default: nowhere.")
  Optional<String> ops = Optional.empty();

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      defaultValue = "",
      description = "What fails together with this machine; replicas are spread over zones.")
  String zone = "";

  @Option(
      names = "--etcd",
      split = ",",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:2379",
      description = "Client URLs of etcd, separated by commas. Default: ${DEFAULT-VALUE}.")
  List<URI> etcd = List.of(URI.create("http://127.0.0.1:2379"));

  @Option(
      names = "--etcd-namespace",
      paramLabel = "/PATH/",
      defaultValue = "/vecraft/",
      description = "What the keys of this cluster begin with. Default: ${DEFAULT-VALUE}.")
  String etcdNamespace = "/vecraft/";

  @Option(names = "--etcd-user", paramLabel = "NAME", description = "User of etcd.")
  Optional<String> etcdUser = Optional.empty();

  @Option(
      names = "--etcd-password-file",
      paramLabel = "FILE",
      description = "File that holds the user's password.")
  Optional<Path> etcdPassword = Optional.empty();

  @Option(
      names = "--etcd-ca",
      paramLabel = "FILE",
      description = "Certificates of the authority that etcd is checked against, PEM.")
  Optional<Path> etcdAuthority = Optional.empty();

  @Option(
      names = "--etcd-cert",
      paramLabel = "FILE",
      description = "Certificate chain that is shown to etcd, PEM.")
  Optional<Path> etcdCertificate = Optional.empty();

  @Option(names = "--etcd-key", paramLabel = "FILE", description = "Its private key, PEM (PKCS#8).")
  Optional<Path> etcdKey = Optional.empty();

  @Option(
      names = "--internal-cert",
      paramLabel = "FILE",
      description = "Certificate chain of this process for internal services, PEM; reloaded.")
  Optional<Path> certificate = Optional.empty();

  @Option(
      names = "--internal-key",
      paramLabel = "FILE",
      description = "Its private key, PEM (PKCS#8); reloaded.")
  Optional<Path> key = Optional.empty();

  @Option(
      names = "--internal-ca",
      paramLabel = "FILE",
      description = "Certificates of the authority of all processes, PEM; reloaded.")
  Optional<Path> authority = Optional.empty();

  @Option(
      names = "--internal-name",
      paramLabel = "NAME",
      description =
          "A name that the certificates of all processes are good for, checked in place of the"
              + " address; for processes that get another address at each start.")
  Optional<String> internalName = Optional.empty();

  @Option(
      names = "--internal-plaintext",
      description =
          "Take plain connections from other machines. Whoever can reach the port can then read"
              + " and write everything: only for a network that nobody else is in.")
  boolean plaintext;

  @Option(
      names = "--max-clock-offset-ms",
      paramLabel = "MS",
      defaultValue = "500",
      description =
          "Machine clocks of the cluster that are further apart are warned of, and a journal node"
              + " with such a clock leads nothing; answers are right all the same. Give it to all"
              + " processes. Default: ${DEFAULT-VALUE}.")
  int maxClockOffsetMs;

  @Option(
      names = "--clock-offset-file",
      paramLabel = "FILE",
      description =
          "For experiments with wrong clocks only: FILE holds milliseconds that this process's view"
              + " of the machine's clock is moved by; it may change at any time.")
  Optional<Path> clockOffset = Optional.empty();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "File of settings, one NAME=VALUE a line; flags and the environment win.")
  Optional<Path> config = Optional.empty();

  /** The settings; {@link UsageException} when they cannot be. */
  NodeSettings settings() {
    try {
      return new NodeSettings(
          name,
          HostAndPort.of(listen),
          advertise.map(HostAndPort::of),
          ops.map(HostAndPort::of),
          zone,
          etcdSettings(),
          internalTls(),
          plaintext,
          Duration.ofMillis(maxClockOffsetMs),
          clockOffset);
    } catch (IllegalArgumentException e) {
      throw new UsageException(Optional.ofNullable(e.getMessage()).orElse("bad setting"));
    }
  }

  private Optional<InternalTls.Files> internalTls() {
    together("--internal-cert, --internal-key and --internal-ca", certificate, key, authority);
    if (internalName.isPresent() && certificate.isEmpty()) {
      throw new UsageException("--internal-name needs --internal-cert");
    }
    return certificate.map(
        c -> new InternalTls.Files(c, key.orElseThrow(), authority.orElseThrow(), internalName));
  }

  private EtcdSettings etcdSettings() {
    together("--etcd-user and --etcd-password-file", etcdUser, etcdPassword);
    together("--etcd-cert and --etcd-key", etcdCertificate, etcdKey);
    if (etcdCertificate.isPresent() && etcdAuthority.isEmpty()) {
      throw new UsageException("--etcd-cert needs --etcd-ca");
    }
    return new EtcdSettings(
        etcd,
        etcdNamespace,
        etcdUser.map(u -> new EtcdSettings.Credentials(u, secret(etcdPassword.orElseThrow()))),
        etcdAuthority.map(a ->
            new EtcdSettings.Tls(
                a, etcdCertificate.map(c -> new IdentityFiles(c, etcdKey.orElseThrow())))),
        EtcdSettings.DEFAULT_TIMEOUT);
  }

  private static void together(String names, Optional<?>... options) {
    long given = Arrays.stream(options).filter(Optional::isPresent).count();
    if (given != 0 && given != options.length) {
      throw new UsageException(names + " go together");
    }
  }

  private static String secret(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UsageException("the password in " + file + " cannot be read: " + e.getMessage());
    }
  }
}
