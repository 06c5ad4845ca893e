package io.vecraft.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an API server makes of a corpus of resources. The first line of an invalid one says what the
 * refusal must tell. Runs before there is an operator that works on them.
 */
@Tag("kubernetes")
@ExtendWith(OneNode.Given.class)
class DefinitionsTest {
  private static final Path CORPUS = Path.of("src/test/resources/corpus");
  private static final String NAMESPACE = "default";
  private static final AtomicInteger CHANGES = new AtomicInteger();

  private final KubernetesClient client;

  DefinitionsTest(OneNode node) {
    this.client = node.client();
  }

  static Stream<Path> valid() throws IOException {
    return list("valid");
  }

  static Stream<Path> invalid() throws IOException {
    return list("invalid");
  }

  private static Stream<Path> list(String kind) throws IOException {
    try (Stream<Path> files = Files.list(CORPUS.resolve(kind))) {
      return files.sorted().toList().stream();
    }
  }

  private HasMetadata resource(Path file) throws IOException {
    HasMetadata resource =
        client
            .getKubernetesSerialization()
            .unmarshal(Files.newInputStream(file), GenericKubernetesResource.class);
    resource.getMetadata().setNamespace(NAMESPACE);
    return resource;
  }

  @ParameterizedTest
  @MethodSource
  void valid(Path file) throws IOException {
    assertThat(client.resource(resource(file)).dryRun().create()).isNotNull();
  }

  @ParameterizedTest
  @MethodSource
  void invalid(Path file) throws IOException {
    String expected = Files.readAllLines(file).getFirst().substring("# ".length());
    HasMetadata resource = resource(file);
    KubernetesClientException refusal =
        catchThrowableOfType(
            KubernetesClientException.class, () -> client.resource(resource).dryRun().create());
    assertThat(refusal).as("the API server took " + file.getFileName()).isNotNull();
    assertThat(refusal.getMessage()).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cluster-everything | {"journal":{"replicas":3}} | the number of journal replicas cannot be changed yet
          cluster-everything | {"journal":{"dataPartitions":4}} | there cannot be fewer data partitions than before
          cluster-everything | {"storage":{"volume":{"storageClass":"slow"}}} | storageClass cannot be changed
          cluster-everything | {"etcd":{"managed":{"replicas":3}}} | the number of etcd replicas cannot be changed yet
          cluster-everything | {"etcd":{"managed":null,"external":{"endpoints":["http://e:2379"]}}} | does not move between a managed and an external etcd
          cluster-everything | {"storage":{"replicas":1},"image":"vecraft:2","journal":{"dataPartitions":9,"volume":{"size":"102401Mi"}}} |
          cluster-everything | {"gateway":{"service":{"type":"NodePort"}},"paused":false} |
          cluster-everything | {"gateway":{"embedding":{"allowedUrls":["https://other.example.org"],"secret":null}}} |
          cluster-everything | {"gateway":{"embedding":null}} |
          partition-own-storage | {"partition":4} | a JournalPartition is of one partition for good
          partition-own-storage | {"replicas":3} | the number of replicas cannot be changed while the partition has nodes of its own
          partition-own-storage | {"replicas":null} | the number of replicas cannot be changed while the partition has nodes of its own
          partition-own-storage | {"storage":{"volume":{"storageClass":"slow"}}} | storageClass cannot be changed
          partition-own-storage | {"storage":{"volume":{"size":"200Gi"}}} |
          partition-own-storage | {"storage":null,"replicas":null} |
          collection-everything | {"cluster":"other"} | does not move to another cluster
          collection-everything | {"name":"other"} | the name of a collection cannot be changed
          collection-everything | {"vector":{"metric":"dot"}} | dimension, metric and encoding cannot be changed
          collection-everything | {"shards":2} | the number of shards cannot be changed
          collection-everything | {"index":{"m":16}} | m cannot be changed
          collection-everything | {"embedding":{"model":"other"}} | embedding cannot be added, changed or removed
          collection-everything | {"embedding":{"sendDimension":null}} | embedding cannot be added, changed or removed
          collection-everything | {"embedding":null} | embedding cannot be added, changed or removed
          collection-vector-alone | {"embedding":{"provider":"Hashing"}} | embedding cannot be added, changed or removed
          collection-hashing | {"embedding":{"sendDimension":null},"timeTravelWindowSeconds":60} |
          collection-everything | {"schema":{"year":"float"}} | declared fields stay
          collection-everything | {"schema":{"year":null}} | declared fields stay
          collection-everything | {"schema":{"month":"integer"},"timeTravelWindowSeconds":60,"deletionPolicy":"Retain"} |
          """)
  void change(String name, String change, String expected) throws IOException {
    HasMetadata wanted = resource(CORPUS.resolve("valid/" + name + ".yaml"));
    // A name of its own: the one of the change before may be on its way out still.
    wanted.getMetadata().setName("changed-" + CHANGES.incrementAndGet());
    HasMetadata made = client.resource(wanted).create();
    try {
      String patch = "{\"spec\":" + change + "}";
      KubernetesClientException refusal =
          catchThrowableOfType(
              KubernetesClientException.class,
              () -> client.resource(made).patch(PatchContext.of(PatchType.JSON_MERGE), patch));
      if (expected == null) {
        assertThat(refusal).isNull();
      } else {
        assertThat(refusal).as("the API server took " + change).isNotNull();
        assertThat(refusal.getMessage()).contains(expected);
      }
    } finally {
      client.resource(made).delete();
    }
  }
}
