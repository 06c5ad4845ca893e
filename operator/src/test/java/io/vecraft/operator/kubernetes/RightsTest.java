package io.vecraft.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the operator may do, asked as its ServiceAccount: what it needs, and nothing else of all
 * that the API server knows. That it is enough, the tests show in which the operator works.
 */
@Tag("kubernetes")
@ExtendWith(OneNode.Given.class)
class RightsTest {
  private static final String NAMESPACE = "vecraft-system";
  private static final String ELSEWHERE = "default";
  private static final List<String> VERBS =
      List.of("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection");

  /** Groups in which everybody may ask about himself. */
  private static final Set<String> OF_ONESELF =
      Set.of("authorization.k8s.io", "authentication.k8s.io");

  /** In every namespace: group/resource, and verbs. */
  private static final Set<String> NEEDED =
      needed(
          "vecraft.io/vecraftclusters: list watch",
          "vecraft.io/vecraftclusters/status: patch",
          "vecraft.io/collections: get list watch patch",
          "vecraft.io/collections/status: patch",
          "vecraft.io/journalpartitions: list watch create patch",
          "vecraft.io/journalpartitions/status: patch",
          "apps/statefulsets: get list watch create patch delete",
          "apps/deployments: list watch create patch delete",
          "/pods: list delete",
          "/services: list watch create patch delete",
          "/secrets: get list watch create patch",
          "/persistentvolumeclaims: list patch",
          "networking.k8s.io/networkpolicies: list watch create patch delete",
          "policy/poddisruptionbudgets: list watch create patch delete",
          "monitoring.coreos.com/servicemonitors: get create patch",
          "events.k8s.io/events: create");

  /** In its own namespace, for the lease. */
  private static final Set<String> NEEDED_AT_HOME =
      needed("coordination.k8s.io/leases: get create update patch");

  private final KubernetesClient admin;
  private final KubernetesClient operator;

  RightsTest(OneNode node) throws Exception {
    admin = node.client();
    admin
        .load(Files.newInputStream(Path.of("src/test/resources/monitoring/servicemonitors.yaml")))
        .serverSideApply();
    admin.load(Files.newInputStream(OneNode.CHARTS.resolve("install.yaml"))).serverSideApply();
    OneNode.await(
        "ServiceMonitor is known",
        () -> admin.supports("monitoring.coreos.com/v1", "ServiceMonitor"));
    operator =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(admin.getConfiguration())
                    .withImpersonateUsername(
                        "system:serviceaccount:vecraft-system:vecraft-operator")
                    .withImpersonateGroups(
                        "system:serviceaccounts",
                        "system:serviceaccounts:vecraft-system",
                        "system:authenticated")
                    .build())
            .build();
  }

  private static Set<String> needed(String... lines) {
    var all = new TreeSet<String>();
    for (String line : lines) {
      String[] parts = line.split(": ");
      Arrays.stream(parts[1].split(" ")).forEach(verb -> all.add(verb + " " + parts[0]));
    }
    return all;
  }

  @Test
  void itMayDoWhatItNeedsAndNothingElse() {
    assertThat(allowed(ELSEWHERE)).isEqualTo(NEEDED);
    var atHome = new TreeSet<>(NEEDED);
    atHome.addAll(NEEDED_AT_HOME);
    assertThat(allowed(NAMESPACE)).isEqualTo(atHome);
  }

  /** Everything that there is, with the verbs that are allowed in a namespace. */
  private Set<String> allowed(String namespace) {
    var allowed = new TreeSet<String>();
    resources("", "v1", namespace, allowed);
    admin.getApiGroups().getGroups().stream()
        .filter(group -> !OF_ONESELF.contains(group.getName()))
        .forEach(group ->
            group
                .getVersions()
                .forEach(version ->
                    resources(group.getName(), version.getVersion(), namespace, allowed)));
    return allowed;
  }

  private void resources(String group, String version, String namespace, Set<String> allowed) {
    var known = admin.getApiResources(group.isEmpty() ? version : group + "/" + version);
    for (APIResource resource : known.getResources()) {
      for (String verb : VERBS) {
        if (may(verb, group, resource.getName(), namespace)) {
          allowed.add(verb + " " + group + "/" + resource.getName());
        }
      }
    }
  }

  private boolean may(String verb, String group, String resource, String namespace) {
    String[] parts = resource.split("/", 2);
    SelfSubjectAccessReview review =
        new SelfSubjectAccessReviewBuilder()
            .withNewSpec()
            .withNewResourceAttributes()
            .withVerb(verb)
            .withGroup(group)
            .withResource(parts[0])
            .withSubresource(parts.length > 1 ? parts[1] : null)
            .withNamespace(namespace)
            .endResourceAttributes()
            .endSpec()
            .build();
    return operator
        .authorization()
        .v1()
        .selfSubjectAccessReview()
        .create(review)
        .getStatus()
        .getAllowed();
  }

  @Test
  void itIsHeldToThat() {
    assertThat(operator.secrets().inNamespace(ELSEWHERE).list()).isNotNull();
    KubernetesClientException refused =
        catchThrowableOfType(
            KubernetesClientException.class,
            () ->
                operator
                    .resource(
                        new ConfigMapBuilder()
                            .withNewMetadata()
                            .withName("not-mine")
                            .withNamespace(ELSEWHERE)
                            .endMetadata()
                            .build())
                    .create());
    assertThat(refused).isNotNull();
    assertThat(refused.getCode()).isEqualTo(403);
  }
}
