package io.vecraft.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The authority of a cluster, before and after it was replaced. */
final class ReplacedAuthority {
  private static final List<String> COMPONENTS =
      List.of("etcd", "journal", "storage", "query", "gateway", "control");
  private static final Duration PATIENCE = Duration.ofMinutes(8);

  private final KubernetesClient client;
  private final String namespace;
  private final String cluster;
  private final String before;

  /** What clients do, and must not fail at. */
  interface Use {
    void run() throws Exception;
  }

  /** Notes the authority that there is. */
  ReplacedAuthority(KubernetesClient client, String namespace, String cluster) {
    this.client = client;
    this.namespace = namespace;
    this.cluster = cluster;
    this.before = data("authority").get("tls.crt");
  }

  private Map<String, String> data(String of) {
    Secret secret = client.secrets().inNamespace(namespace).withName(cluster + "-" + of).get();
    return secret.getData();
  }

  /** Waits, in use, until another one signs and is believed alone. */
  void await(Use use) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!isReplaced()) {
      assertThat(System.nanoTime()).as("the authority is not replaced").isLessThan(end);
      use.run();
      Thread.sleep(1_000);
    }
  }

  private boolean isReplaced() {
    Map<String, String> now = data("authority");
    return !now.get("tls.crt").equals(before) && now.keySet().equals(Set.of("tls.crt", "tls.key"));
  }

  /** Everybody has been told, and processes that go on show what it has signed. */
  void check() {
    String now = data("authority").get("tls.crt");
    for (String component : COMPONENTS) {
      OneNode.await(
          component + " believes the new authority alone",
          () -> data(component + "-certificate").get("ca.crt").equals(now));
    }
    var shown = new ShownByPods(client, namespace, cluster);
    for (String component : List.of("journal", "storage")) {
      OneNode.await(component + " shows a new certificate", () -> shown.isCurrent(component, 0));
    }
    OneNode.await(
        "all of etcd was started again",
        () ->
            client
                .pods()
                .inNamespace(namespace)
                .withLabel("app.kubernetes.io/instance", cluster)
                .withLabel("app.kubernetes.io/component", "etcd")
                .list()
                .getItems()
                .stream()
                .allMatch(pod ->
                    "1-alone".equals(pod.getMetadata().getAnnotations().get("vecraft.io/trust"))));
  }
}
