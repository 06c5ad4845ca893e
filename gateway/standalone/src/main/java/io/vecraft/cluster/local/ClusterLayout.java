package io.vecraft.cluster.local;

import io.vecraft.net.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;

/** Names, addresses and commands of the processes of a local cluster. */
final class ClusterLayout {
  private static final int CLIENT_PORT = 2379;
  private static final int PEER_PORT = 2380;
  private static final int INTERNAL_PORT = 9000;
  private static final int RAFT_PORT = 9001;
  private static final int OPS_PORT = 9002;
  private static final int PUBLIC_PORT = 8750;

  /** Each partition has a buffer of this size; the heaps here are small. */
  private static final int APPEND_BYTES = 8 << 20;

  private final Path directory;
  private final ClusterShape shape;
  private final List<String> program;
  private final Path etcd;
  private final int subnet = LocalNetwork.free();
  private final LocalNetwork network = new LocalNetwork(subnet);
  private final List<LocalProcess> processes = new ArrayList<>();
  private final List<String> endpoints = new ArrayList<>();
  private String etcdUrl = "";

  ClusterLayout(Path directory, ClusterShape shape, List<String> program, Path etcd) {
    this.directory = directory.toAbsolutePath().normalize();
    this.shape = shape;
    this.program = List.copyOf(program);
    this.etcd = etcd;
  }

  LocalCluster.Saved saved() {
    addEtcd();
    addJournals();
    for (int n = 1; n <= shape.storages(); n++) {
      addNode("storage", n, List.of("--data", data("storage-" + n)));
    }
    for (int n = 1; n <= shape.queries(); n++) {
      addNode("query", n, List.of());
    }
    for (int n = 1; n <= shape.gateways(); n++) {
      addGateway(n);
    }
    for (int n = 1; n <= shape.controls(); n++) {
      addNode(
          "control",
          n,
          List.of(
              "--replicas",
              Integer.toString(shape.replicas()),
              "--grace-s",
              Integer.toString(shape.graceSeconds())));
    }
    return new LocalCluster.Saved(shape, subnet, List.copyOf(processes), List.copyOf(endpoints));
  }

  /**
   * One more process like another: of the same role, with a name, ports and data of its own.
   *
   * @param like one that has no network of its own
   * @param all those of the cluster
   * @param more options
   */
  static LocalProcess another(LocalProcess like, List<LocalProcess> all, List<String> more) {
    Set<String> names = new HashSet<>();
    all.forEach(p -> names.add(p.name()));
    int n = 1;
    while (names.contains(like.role() + "-" + n)) {
      n++;
    }
    String name = like.role() + "-" + n;
    String listen = like.host() + ":" + FreePorts.next();
    String ops = like.host() + ":" + FreePorts.next();
    var command = new ArrayList<>(like.command());
    for (int i = 0; i + 1 < command.size(); i++) {
      switch (command.get(i)) {
        case "--name" -> command.set(i + 1, name);
        case "--listen" -> command.set(i + 1, listen);
        case "--ops" -> command.set(i + 1, ops);
        case "--raft" -> command.set(i + 1, like.host() + ":" + FreePorts.next());
        case "--data" ->
            command.set(i + 1, Path.of(command.get(i + 1)).resolveSibling(name).toString());
        default -> {}
      }
    }
    if (like.role().equals("journal") && !command.contains("--raft")) {
      command.addAll(List.of("--raft", like.host() + ":" + FreePorts.next()));
    }
    command.addAll(more);
    return new LocalProcess(
        name,
        like.role(),
        List.copyOf(command),
        like.log().resolveSibling(name + ".log"),
        "http://" + ops + "/readyz",
        like.host(),
        0,
        0);
  }

  private void addEtcd() {
    String host = nextHost();
    etcdUrl = "http://" + host + ":" + port(CLIENT_PORT);
    String peers = "http://" + host + ":" + port(PEER_PORT);
    add(
        "etcd",
        "etcd",
        host,
        etcdUrl + "/health",
        List.of(
            etcd.toString(),
            "--name=default",
            "--data-dir=" + data("etcd"),
            "--listen-client-urls=" + etcdUrl,
            "--advertise-client-urls=" + etcdUrl,
            "--listen-peer-urls=" + peers,
            "--initial-advertise-peer-urls=" + peers,
            "--initial-cluster=default=" + peers,
            "--log-level=warn"));
  }

  private void addJournals() {
    record Addresses(String host, int internal, int raft) {}
    var addresses = new ArrayList<Addresses>();
    var members = new StringJoiner(",");
    for (int n = 1; n <= shape.journals(); n++) {
      String host = shape.namespaces() ? network.address(n) : "127.0.0.1";
      var one = new Addresses(host, port(INTERNAL_PORT), port(RAFT_PORT));
      addresses.add(one);
      members.add("journal-%d=%s:%d/%s:%d".formatted(n, host, one.internal, host, one.raft));
    }
    for (int n = 1; n <= shape.journals(); n++) {
      Addresses own = addresses.get(n - 1);
      String name = "journal-" + n;
      int ops = port(OPS_PORT);
      var arguments = new ArrayList<>(List.of("journal", "serve"));
      arguments.addAll(common(name, own.host, own.internal, ops));
      arguments.addAll(
          List.of(
              "--data",
              data(name),
              "--members",
              members.toString(),
              "--data-partitions",
              Integer.toString(shape.dataPartitions()),
              "--election-timeout-ms",
              Integer.toString(shape.electionTimeoutMs()),
              "--max-append-bytes",
              Integer.toString(APPEND_BYTES)));
      add(name, "journal", own.host, ready(own.host, ops), running(arguments));
    }
  }

  private void addNode(String role, int n, List<String> more) {
    String name = role + "-" + n;
    String host = nextHost();
    int ops = port(OPS_PORT);
    var arguments = new ArrayList<>(List.of(role));
    arguments.addAll(common(name, host, port(INTERNAL_PORT), ops));
    arguments.addAll(more);
    add(name, role, host, ready(host, ops), running(arguments));
  }

  private void addGateway(int n) {
    String name = "gateway-" + n;
    String host = nextHost();
    int open = shape.firstPort() == 0 ? port(PUBLIC_PORT) : shape.firstPort() + n - 1;
    var arguments = new ArrayList<>(List.of("gateway", "--host", host));
    arguments.addAll(List.of("--port", Integer.toString(open)));
    arguments.addAll(common(name, host, port(INTERNAL_PORT), 0));
    if (shape.namespaces()) {
      arguments.addAll(
          List.of("--admin-key-file", directory.resolve(LocalCluster.ADMIN_KEY).toString()));
    }
    String endpoint = "http://" + host + ":" + open;
    endpoints.add(endpoint);
    add(name, "gateway", host, endpoint + "/readyz", running(arguments));
  }

  private List<String> common(String name, String host, int internal, int ops) {
    var options = new ArrayList<>(List.of("--name", name, "--etcd", etcdUrl));
    options.addAll(List.of("--listen", host + ":" + internal));
    if (ops != 0) {
      options.addAll(List.of("--ops", host + ":" + ops));
    }
    if (shape.namespaces()) {
      options.add("--internal-plaintext");
    }
    return options;
  }

  private void add(String name, String role, String host, String health, List<String> command) {
    Path log = directory.resolve("logs").resolve(name + ".log");
    processes.add(new LocalProcess(name, role, command, log, health, host, 0, 0));
  }

  private List<String> running(List<String> arguments) {
    var command = new ArrayList<>(program);
    command.addAll(arguments);
    return List.copyOf(command);
  }

  private static String ready(String host, int ops) {
    return "http://" + host + ":" + ops + "/readyz";
  }

  private String data(String name) {
    return directory.resolve("data").resolve(name).toString();
  }

  private String nextHost() {
    return shape.namespaces() ? network.address(processes.size()) : "127.0.0.1";
  }

  /** The usual port where the process has a network of its own, else a free one. */
  private int port(int usual) {
    if (shape.namespaces()) {
      return usual;
    }
    return FreePorts.next();
  }
}
