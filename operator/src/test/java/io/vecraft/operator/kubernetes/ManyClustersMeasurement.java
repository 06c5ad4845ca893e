package io.vecraft.operator.kubernetes;

import static io.vecraft.operator.kubernetes.OneNode.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vecraft.crd.cluster.VecraftCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The operator's memory with the resources of fifty clusters. No node takes their Pods: they are
 * there, and waiting, for as long as this runs. Run by hand, as the documentation of tests says.
 */
@Tag("kubernetes")
@ExtendWith(OneNode.Given.class)
class ManyClustersMeasurement {
  private static final String NAMESPACE = "many";
  private static final int CLUSTERS = 50;
  private static final int SETS = 3;
  private static final long MIB_MAX = 300;
  private static final Pattern MEMORY = Pattern.compile("Vm(RSS|HWM):\\s+(\\d+) kB");

  private final OneNode node;
  private final KubernetesClient client;

  ManyClustersMeasurement(OneNode node) {
    this.node = node;
    this.client = node.client();
  }

  @Test
  void theOperatorNeedsLittleMemory() throws Exception {
    client.load(Files.newInputStream(OneNode.CHARTS.resolve("install.yaml"))).serverSideApply();
    await(
        "the operator",
        () ->
            client
                    .apps()
                    .deployments()
                    .inNamespace("vecraft-system")
                    .withName("vecraft-operator")
                    .get()
                    .getStatus()
                    .getReadyReplicas()
                == 1);
    try {
      nodesTakePods(false);
      makeClusters();
      await(
          "everything is made",
          () ->
              client.apps().statefulSets().inNamespace(NAMESPACE).list().getItems().size()
                  == SETS * CLUSTERS);
      await("the operator is calm", this::calm);
      Map<String, Long> mib = memory();
      System.out.printf(
          "The operator with %d clusters: %d MiB, %d MiB at most%n",
          CLUSTERS, mib.get("RSS"), mib.get("HWM"));
      assertThat(mib.get("HWM")).isLessThan(MIB_MAX);
    } finally {
      // Other tests of a run have the same nodes; the Pods must be gone before those take any.
      client.namespaces().withName(NAMESPACE).delete();
      await("its Pods are gone", () -> pods() == 0);
      nodesTakePods(true);
    }
  }

  private int pods() {
    return client.pods().inNamespace(NAMESPACE).list().getItems().size();
  }

  private void nodesTakePods(boolean take) {
    client
        .nodes()
        .list()
        .getItems()
        .forEach(n ->
            client
                .resource(n)
                .edit(live -> {
                  live.getSpec().setUnschedulable(!take);
                  return live;
                }));
  }

  private void makeClusters() {
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build())
        .create();
    for (int n = 0; n < CLUSTERS; n++) {
      client
          .resource(
              client
                  .getKubernetesSerialization()
                  .unmarshal(
                      """
                      apiVersion: vecraft.io/v1alpha1
                      kind: VecraftCluster
                      metadata: {name: c%d, namespace: many}
                      spec: {image: "vecraft:dev"}
                      """
                          .formatted(n),
                      VecraftCluster.class))
          .create();
    }
  }

  /** The operator's memory by the kernel, now and at most, in MiB. */
  private Map<String, Long> memory() throws IOException, InterruptedException {
    // In brackets, so that the shell that looks does not find itself.
    Matcher memory =
        MEMORY.matcher(
            node.exec("sh", "-c", "cat /proc/$(pgrep -f '[l]ib/vecraft-operator.jar')/status"));
    Map<String, Long> mib = new TreeMap<>();
    while (memory.find()) {
      mib.put(memory.group(1), Long.parseLong(memory.group(2)) / 1024);
    }
    return mib;
  }

  private boolean calm() throws InterruptedException {
    List<String> before = versions();
    Thread.sleep(10_000);
    return before.equals(versions());
  }

  private List<String> versions() {
    return client.resources(VecraftCluster.class).inNamespace(NAMESPACE).list().getItems().stream()
        .map(c -> c.getMetadata().getResourceVersion())
        .toList();
  }
}
