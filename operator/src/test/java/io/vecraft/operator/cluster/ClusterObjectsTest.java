package io.vecraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.vecraft.crd.cluster.ControlHost;
import io.vecraft.crd.cluster.VecraftCluster;
import io.vecraft.crd.collection.Collection;
import io.vecraft.crd.partition.JournalPartition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every object that is made of a cluster, as YAML: a directory for each case, with {@code in.yaml},
 * {@code collection.yaml} where a collection has nodes of its own, and a file for each object. With
 * {@code -Dvecraft.update=true} the test writes the files.
 */
class ClusterObjectsTest {
  private static final Path CASES = Path.of("src/test/resources/golden");
  private static final OperatorPods OPERATOR =
      OperatorPods.of("vecraft-system", Map.of("app.kubernetes.io/name", "vecraft-operator"));
  private static final Set<String> INPUTS = Set.of("in.yaml", "collection.yaml", "partition.yaml");
  private static final KubernetesSerialization YAML = new KubernetesSerialization();

  static Stream<Path> cases() throws IOException {
    try (Stream<Path> cases = Files.list(CASES)) {
      return cases.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyObjectIsAsKept(Path directory) throws IOException {
    VecraftCluster cluster =
        YAML.unmarshal(Files.readString(directory.resolve("in.yaml")), VecraftCluster.class);
    Map<String, String> made = new TreeMap<>();
    for (HasMetadata object :
        ClusterObjects.of(
            cluster,
            "cluster.local",
            JournalPools.of(
                partitions(directory), Map.of(), ClusterNames.of(cluster, "cluster.local")),
            asWanted(cluster, collections(directory)),
            List.of(),
            Optional.empty(),
            Optional.of(OPERATOR).filter(o -> isHosted(cluster)))) {
      String name =
          (object.getKind() + "-" + object.getMetadata().getName() + ".yaml").toLowerCase();
      assertThat(made.put(name, YAML.asYaml(object))).as("two objects are called " + name).isNull();
    }
    if (Boolean.getBoolean("vecraft.update")) {
      for (String old : kept(directory)) {
        Files.delete(directory.resolve(old));
      }
      for (Map.Entry<String, String> object : made.entrySet()) {
        Files.writeString(directory.resolve(object.getKey()), object.getValue());
      }
    }
    assertThat(kept(directory)).isEqualTo(made.keySet());
    for (Map.Entry<String, String> object : made.entrySet()) {
      assertThat(Files.readString(directory.resolve(object.getKey())))
          .as(
              "run this test with -Dvecraft.update=true and look at what changes in "
                  + object.getKey())
          .isEqualTo(object.getValue());
    }
  }

  private static boolean isHosted(VecraftCluster cluster) {
    return cluster.getSpec().control().host() == ControlHost.OPERATOR;
  }

  private static List<StorageSet.Planned> asWanted(
      VecraftCluster cluster, Stream<Collection> collections) {
    return StorageSet.of(cluster, collections).stream()
        .map(set ->
            new StorageSet.Planned(set, StoragePlan.settled(set.spec().replicas(), Set.of())))
        .toList();
  }

  /** Those of {@code collection.yaml}, where there is one. */
  private static Stream<Collection> collections(Path directory) throws IOException {
    Path file = directory.resolve("collection.yaml");
    return Files.exists(file)
        ? Stream.of(YAML.unmarshal(Files.readString(file), Collection.class))
        : Stream.empty();
  }

  /** Those of {@code partition.yaml}, where there is one. */
  private static Stream<JournalPartition> partitions(Path directory) throws IOException {
    Path file = directory.resolve("partition.yaml");
    return Files.exists(file)
        ? Stream.of(YAML.unmarshal(Files.readString(file), JournalPartition.class))
        : Stream.empty();
  }

  private static Set<String> kept(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      var names = new TreeSet<String>();
      files
          .map(f -> f.getFileName().toString())
          .filter(f -> !INPUTS.contains(f))
          .forEach(names::add);
      return names;
    }
  }
}
