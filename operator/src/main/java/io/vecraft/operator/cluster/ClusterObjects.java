package io.vecraft.operator.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.vecraft.crd.cluster.ClusterSpec;
import io.vecraft.crd.cluster.ControlHost;
import io.vecraft.crd.cluster.GatewayEmbeddingSpec;
import io.vecraft.crd.cluster.StorageSpec;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.cluster.VolumeSpec;
import io.vecraft.operator.apply.Labels;
import io.vecraft.operator.engine.EmbeddingKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The objects that run a cluster, as a pure function of its resource; Secrets, which are made once,
 * are {@link ClusterSecrets}'.
 */
final class ClusterObjects {
  private static final int JOURNAL_HEAP = 55;
  private static final int STORAGE_HEAP = 40;
  private static final int QUERY_HEAP = 65;
  private static final int GATEWAY_HEAP = 60;
  private static final int CONTROL_HEAP = 50;
  private static final String KEY = "/etc/vecraft/key";
  private static final String HTTPS = "/etc/vecraft/https";

  private final ClusterNames names;
  private final ClusterSpec spec;
  private final JournalPools pools;
  private final List<StorageSet.Planned> storage;
  private final List<Part> storageParts;
  private final Optional<String> trust;
  private final Optional<OperatorPods> operator;

  private ClusterObjects(
      ClusterNames names,
      ClusterSpec spec,
      JournalPools pools,
      List<StorageSet.Planned> storage,
      List<Pool> left,
      Optional<String> trust,
      Optional<OperatorPods> operator) {
    this.names = names;
    this.spec = spec;
    this.pools = pools;
    this.storage = storage;
    this.storageParts =
        Stream.concat(storage.stream().map(p -> p.set().part()), left.stream()).toList();
    this.trust = trust;
    this.operator = operator;
  }

  /**
   * All of them, in the order in which they are best applied.
   *
   * @param domain of the Kubernetes cluster's DNS
   * @param pools journal nodes of partitions' own; those that are left go on being what they are
   * @param storage the sets of storage nodes, and how many there are to be
   * @param left pools whose nodes are being emptied: they go on being what they are
   * @param trust another one than before has etcd's Pods replaced, so that they read whom to
   *     believe
   * @param operator whom to let in where control is, while the operator runs that
   */
  static List<HasMetadata> of(
      VecraftCluster resource,
      String domain,
      JournalPools pools,
      List<StorageSet.Planned> storage,
      List<Pool> left,
      Optional<String> trust,
      Optional<OperatorPods> operator) {
    var objects =
        new ClusterObjects(
            ClusterNames.of(resource, domain),
            resource.getSpec(),
            pools,
            storage,
            left,
            trust,
            operator);
    return Stream.of(
            objects.etcd(),
            objects.journal(),
            pools.wanted().stream().flatMap(objects::pool),
            storage.stream().flatMap(objects::storage),
            objects.query(),
            objects.gateway(),
            objects.control(),
            Stream.<HasMetadata>of(Monitoring.service(objects.names)))
        .flatMap(s -> s)
        .toList();
  }

  private Stream<HasMetadata> etcd() {
    var managed = spec.etcd().managed();
    return managed == null
        ? Stream.empty()
        : EtcdObjects.of(names, spec, managed, trust, clients(), operator);
  }

  private Stream<HasMetadata> journal() {
    var journal = spec.journal();
    return journal(
        Component.JOURNAL,
        List.of(
            "--members=" + members(),
            // As many as wanted are added once it runs: Pods are the same however many there are.
            "--data-partitions=1"),
        journal.replicas(),
        set -> set,
        journal.volume(),
        journal.resources());
  }

  /** Journal nodes that have one partition alone. */
  private Stream<HasMetadata> pool(JournalPools.Wanted wanted) {
    JournalPool part = wanted.part();
    return journal(
        part,
        List.of(
            "--pool=" + part.name(),
            "--raft=$(POD_NAME)." + names.dns(names.of(part)) + ":" + Ports.REPLICATION,
            // Where there are more of them than replicas, these are spread.
            "--zone=$(NODE_NAME)"),
        wanted.nodes(),
        Workloads::withVolumesOfNodes,
        wanted.spec().volume(),
        wanted.spec().resources());
  }

  private Stream<HasMetadata> journal(
      Part part,
      List<String> arguments,
      int replicas,
      UnaryOperator<StatefulSet> how,
      VolumeSpec volume,
      @Nullable ResourceRequirements resources) {
    String self = "$(POD_NAME)." + names.dns(names.of(part));
    var process =
        new Process(
            part,
            List.of("journal", "serve"),
            PodParts.concat(
                List.of(
                    "--data=" + PodParts.DATA,
                    "--listen=0.0.0.0:" + Ports.INTERNAL,
                    "--advertise=" + self + ":" + Ports.INTERNAL),
                arguments),
            JOURNAL_HEAP,
            List.of(
                PodParts.port("internal", Ports.INTERNAL),
                PodParts.port("replication", Ports.REPLICATION)),
            List.of(PodParts.mount(PodParts.DATA_VOLUME, PodParts.DATA, false)),
            List.of(),
            resources);
    return Stream.concat(
        Stream.of(
            Networks.headless(
                names,
                part,
                Networks.port("internal", Ports.INTERNAL),
                Networks.port("replication", Ports.REPLICATION)),
            how.apply(
                Workloads.statefulSet(
                    names,
                    part,
                    replicas,
                    volume,
                    spec.deletionPolicy(),
                    process.template(names, spec))),
            Networks.alsoFrom(
                operator,
                Ports.INTERNAL,
                Networks.policy(
                    names,
                    part,
                    Networks.from(names, clients(), Ports.INTERNAL),
                    Networks.from(names, journals(), Ports.REPLICATION),
                    Networks.fromAnywhere(Ports.OPS)))),
        Networks.budget(names, part, replicas, Math.max(1, (replicas - 1) / 2)));
  }

  /** All journal nodes: replicas of a partition may move between any of them. */
  private List<Part> journals() {
    var parts = new ArrayList<Part>();
    parts.add(Component.JOURNAL);
    parts.addAll(pools.parts());
    return List.copyOf(parts);
  }

  /** Who asks etcd, and the journal. */
  private List<Part> clients() {
    var parts = new ArrayList<>(journals());
    parts.addAll(storageParts);
    parts.addAll(List.of(Component.QUERY, Component.GATEWAY, Component.CONTROL));
    return List.copyOf(parts);
  }

  private String members() {
    return names.pods(Component.JOURNAL, spec.journal().replicas()).stream()
        .map(pod -> {
          String host = names.podDns(Component.JOURNAL, pod);
          return pod + "=" + host + ":" + Ports.INTERNAL + "/" + host + ":" + Ports.REPLICATION;
        })
        .collect(Collectors.joining(","));
  }

  private Stream<HasMetadata> storage(StorageSet.Planned planned) {
    Part part = planned.set().part();
    StorageSpec wanted = planned.set().spec();
    StoragePlan plan = planned.plan();
    String self = "$(POD_NAME)." + names.dns(names.of(part));
    var process =
        new Process(
            part,
            List.of("storage"),
            PodParts.concat(
                List.of(
                    // No two replicas of a shard on one machine, as far as there are others.
                    "--zone=$(NODE_NAME)",
                    "--data=" + PodParts.DATA,
                    "--listen=0.0.0.0:" + Ports.INTERNAL,
                    "--advertise=" + self + ":" + Ports.INTERNAL),
                part instanceof Pool pool ? List.of("--pool=" + pool.name()) : List.of()),
            STORAGE_HEAP,
            List.of(PodParts.port("internal", Ports.INTERNAL)),
            List.of(PodParts.mount(PodParts.DATA_VOLUME, PodParts.DATA, false)),
            List.of(),
            wanted.resources());
    StatefulSet set =
        Workloads.statefulSet(
            names,
            part,
            plan.replicas(),
            wanted.volume(),
            spec.deletionPolicy(),
            process.template(names, spec));
    return Stream.concat(
        Stream.of(
            Networks.headless(names, part, Networks.port("internal", Ports.INTERNAL)),
            leaving(part instanceof Pool ? Workloads.withVolumesOfNodes(set) : set, plan),
            Networks.alsoFrom(
                operator,
                Ports.INTERNAL,
                Networks.policy(
                    names,
                    part,
                    // Storage nodes copy checkpoints from each other.
                    Networks.from(
                        names,
                        PodParts.concat(
                            storageParts,
                            List.of(Component.QUERY, Component.GATEWAY, Component.CONTROL)),
                        Ports.INTERNAL),
                    Networks.fromAnywhere(Ports.OPS)))),
        Networks.budget(names, part, plan.replicas(), 1));
  }

  /** With whom the operator has told to leave. */
  private static StatefulSet leaving(StatefulSet set, StoragePlan plan) {
    return plan.told().isEmpty()
        ? set
        : new StatefulSetBuilder(set)
            .editMetadata()
            .addToAnnotations(Labels.LEAVING, String.join(",", new TreeSet<>(plan.told())))
            .endMetadata()
            .build();
  }

  private Stream<HasMetadata> query() {
    var query = spec.query();
    var process =
        new Process(
            Component.QUERY,
            List.of("query"),
            List.of(
                "--listen=0.0.0.0:" + Ports.INTERNAL, "--advertise=$(POD_IP):" + Ports.INTERNAL),
            QUERY_HEAP,
            List.of(PodParts.port("internal", Ports.INTERNAL)),
            List.of(),
            List.of(),
            query.resources());
    return Stream.concat(
        Stream.of(
            Workloads.deployment(
                names, Component.QUERY, query.replicas(), process.template(names, spec)),
            Networks.policy(
                names,
                Component.QUERY,
                Networks.from(names, List.of(Component.GATEWAY), Ports.INTERNAL),
                Networks.fromAnywhere(Ports.OPS))),
        Networks.budget(names, Component.QUERY, query.replicas(), 1));
  }

  private Stream<HasMetadata> gateway() {
    var gateway = spec.gateway();
    var process =
        new Process(
            Component.GATEWAY,
            List.of("gateway"),
            gatewayArguments(),
            GATEWAY_HEAP,
            List.of(PodParts.port("http", Ports.PUBLIC)),
            gatewayMounts(),
            gatewayVolumes(),
            gateway.resources());
    return Stream.concat(
        Stream.of(
            Networks.service(
                names,
                Component.GATEWAY,
                names.of(Component.GATEWAY),
                gateway.service(),
                Networks.port("http", Ports.PUBLIC)),
            Workloads.deployment(
                names, Component.GATEWAY, gateway.replicas(), process.template(names, spec)),
            Networks.policy(
                names, Component.GATEWAY, Networks.fromAnywhere(Ports.PUBLIC, Ports.OPS))),
        Networks.budget(names, Component.GATEWAY, gateway.replicas(), 1));
  }

  private List<String> gatewayArguments() {
    var all = new ArrayList<String>();
    all.add("--host=0.0.0.0");
    all.add("--port=" + Ports.PUBLIC);
    all.add("--admin-key-file=" + KEY + "/key");
    if (spec.gateway().https().isPresent()) {
      all.add("--tls-cert=" + HTTPS + "/tls.crt");
      all.add("--tls-key=" + HTTPS + "/tls.key");
    }
    spec.gateway()
        .embeddings()
        .ifPresent(e -> {
          e.allowedUrls().forEach(url -> all.add("--embedding-url=" + url));
          // Whether or not there are keys: no collection may name what else a gateway can read.
          all.add("--embedding-key-dir=" + EmbeddingKeys.DIRECTORY);
        });
    return List.copyOf(all);
  }

  private List<VolumeMount> gatewayMounts() {
    var all = new ArrayList<VolumeMount>();
    all.add(PodParts.mount("key", KEY, true));
    if (spec.gateway().https().isPresent()) {
      all.add(PodParts.mount("https", HTTPS, true));
    }
    if (embeddingKeys().isPresent()) {
      all.add(PodParts.mount("embedding", EmbeddingKeys.DIRECTORY, true));
    }
    return List.copyOf(all);
  }

  private List<Volume> gatewayVolumes() {
    var all = new ArrayList<Volume>();
    all.add(PodParts.secret("key", spec.authentication().secret().orElse(names.bootstrapKey())));
    spec.gateway()
        .https()
        .map(t -> PodParts.secret("https", t.given().orElse(names.publicCertificate())))
        .ifPresent(all::add);
    // Gateways do without: who needs a key that is not there is told so.
    embeddingKeys().map(s -> PodParts.optionalSecret("embedding", s)).ifPresent(all::add);
    return List.copyOf(all);
  }

  private Optional<String> embeddingKeys() {
    return spec.gateway().embeddings().flatMap(GatewayEmbeddingSpec::keys);
  }

  private Stream<HasMetadata> control() {
    var control = spec.control();
    // Of Pods that are on their way out, too.
    var policy = Networks.policy(names, Component.CONTROL, Networks.fromAnywhere(Ports.OPS));
    if (control.host() == ControlHost.OPERATOR) {
      return Stream.of(policy);
    }
    var process =
        new Process(
            Component.CONTROL,
            List.of("control"),
            List.of(
                "--listen=0.0.0.0:" + Ports.INTERNAL,
                "--advertise=$(POD_IP):" + Ports.INTERNAL,
                "--replicas=" + control.shardReplicas(),
                "--grace-s=" + control.graceSeconds()),
            CONTROL_HEAP,
            List.of(PodParts.port("internal", Ports.INTERNAL)),
            List.of(),
            List.of(),
            control.resources());
    return Stream.concat(
        Stream.of(
            Workloads.deployment(
                names, Component.CONTROL, control.replicas(), process.template(names, spec)),
            policy),
        Networks.budget(names, Component.CONTROL, control.replicas(), 1));
  }
}
