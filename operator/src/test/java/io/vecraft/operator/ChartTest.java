package io.vecraft.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chart of the operator, as Helm renders it. */
class ChartTest {
  private static final Path CHARTS = Path.of("../charts");
  private static final Path CHART = CHARTS.resolve("vecraft-operator");
  private static final String NAME = "vecraft-operator";
  private static final String NAMESPACE = "vecraft-system";

  /** The oldest one that it is for. */
  private static final String KUBERNETES = "1.31";

  /** What says that an object came with Helm. */
  private static final List<String> OF_HELM =
      List.of("app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart");

  private static final KubernetesSerialization YAML = new KubernetesSerialization();

  @TempDir Path directory;

  /** Objects by kind, namespace and name. */
  private static Map<String, JsonNode> objects(String documents) {
    Map<String, JsonNode> objects = new TreeMap<>();
    Arrays.stream(documents.split("(?m)^---$"))
        .flatMap(text -> Optional.ofNullable(YAML.unmarshal(text, JsonNode.class)).stream())
        .filter(JsonNode::isObject)
        .forEach(object -> {
          String key =
              "%s %s %s"
                  .formatted(
                      object.path("kind").asText(),
                      object.at("/metadata/namespace").asText("-"),
                      object.at("/metadata/name").asText());
          assertThat(objects.put(key, object)).as("two objects are " + key).isNull();
        });
    return objects;
  }

  private static Map<String, JsonNode> rendered(UnaryOperator<TemplateCommand> values) {
    var template =
        new Helm(CHART)
            .template()
            .withName(NAME)
            .withNamespace(NAMESPACE)
            .withKubeVersion(KUBERNETES)
            .skipCrds();
    return objects(values.apply(template).call());
  }

  private Map<String, JsonNode> renderedWith(String values) throws IOException {
    Path file = Files.writeString(directory.resolve("values.yaml"), values);
    return rendered(template -> template.withValuesFile(file));
  }

  private static JsonNode of(Map<String, JsonNode> objects, String key) {
    return Optional.ofNullable(objects.get(key))
        .orElseThrow(() -> new AssertionError("no " + key + " in " + objects.keySet()));
  }

  @Test
  void helmFindsNothingWrongWithIt() {
    LintResult result = new Helm(CHART).lint().strict().call();
    assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
  }

  @Test
  void whatIsInstalledWithoutHelmIsWhatItGivesWithItsDefaults() throws IOException {
    Map<String, JsonNode> chart = rendered(template -> template);
    chart.values().forEach(object -> ((ObjectNode) object.at("/metadata/labels")).remove(OF_HELM));
    Map<String, JsonNode> installed = objects(Files.readString(CHARTS.resolve("install.yaml")));
    assertThat(installed.remove("Namespace - " + NAMESPACE)).isNotNull();
    assertThat(installed.keySet()).isEqualTo(chart.keySet());
    installed.forEach((key, object) -> assertThat(object).as(key).isEqualTo(chart.get(key)));
  }

  @Test
  void inNamespacesOfItsOwnItHasTheSameRightsThereAndNoneElsewhere() throws IOException {
    JsonNode everywhere = of(rendered(template -> template), "ClusterRole - " + NAME).path("rules");
    Map<String, JsonNode> chart = renderedWith("watchNamespaces: [red, green]");
    assertThat(chart.keySet()).noneMatch(key -> key.startsWith("ClusterRole"));
    for (String namespace : List.of("red", "green")) {
      assertThat(of(chart, "Role " + namespace + " " + NAME).path("rules")).isEqualTo(everywhere);
      JsonNode binding = of(chart, "RoleBinding " + namespace + " " + NAME);
      assertThat(binding.at("/roleRef/kind").asText()).isEqualTo("Role");
      assertThat(binding.at("/roleRef/name").asText()).isEqualTo(NAME);
      assertThat(binding.at("/subjects/0/namespace").asText()).isEqualTo(NAMESPACE);
    }
    JsonNode container =
        of(chart, "Deployment " + NAMESPACE + " " + NAME).at("/spec/template/spec/containers/0");
    assertThat(container.path("env").path(0).path("value").asText()).isEqualTo("red,green");
  }

  @Test
  void monitoringIsWhatTheFilesSay() throws IOException {
    Map<String, JsonNode> chart =
        renderedWith(
            "monitoring: {rules: true, dashboard: true, operator: true, labels: {team: search}}");
    JsonNode rule = of(chart, "PrometheusRule " + NAMESPACE + " " + NAME);
    assertThat(rule.path("spec"))
        .isEqualTo(
            YAML.unmarshal(Files.readString(CHART.resolve("files/rules.yaml")), JsonNode.class));
    assertThat(rule.at("/metadata/labels/team").asText()).isEqualTo("search");
    JsonNode dashboard = of(chart, "ConfigMap " + NAMESPACE + " " + NAME + "-dashboard");
    assertThat(YAML.unmarshal(dashboard.at("/data/vecraft.json").asText(), JsonNode.class))
        .isEqualTo(
            YAML.unmarshal(
                Files.readString(CHART.resolve("files/dashboard.json")), JsonNode.class));
    JsonNode monitor = of(chart, "PodMonitor " + NAMESPACE + " " + NAME);
    JsonNode pods =
        of(chart, "Deployment " + NAMESPACE + " " + NAME).at("/spec/template/metadata/labels");
    monitor
        .at("/spec/selector/matchLabels")
        .properties()
        .forEach(label -> assertThat(pods.get(label.getKey())).isEqualTo(label.getValue()));
    assertThat(monitor.at("/metadata/labels/team").asText()).isEqualTo("search");
    // None of them alone takes another along.
    for (String one : List.of("rules", "dashboard", "operator")) {
      assertThat(renderedWith("monitoring: {%s: true}".formatted(one)))
          .hasSize(rendered(template -> template).size() + 1);
    }
  }

  @Test
  void everyOtherValueIsInThePods() throws IOException {
    JsonNode deployment =
        of(
            renderedWith(
                """
                image: {repository: registry.example.org/vecraft, tag: "7", pullPolicy: Always, pullSecrets: [mine]}
                replicas: 2
                clusterDomain: k8s.example.org
                resources: {limits: {memory: 1Gi}}
                nodeSelector: {disk: ssd}
                tolerations: [{key: search, operator: Exists}]
                affinity: {nodeAffinity: {}}
                podAnnotations: {note: kept}
                env: [{name: VECRAFT_LOG_LEVEL, value: DEBUG}]
                """),
            "Deployment " + NAMESPACE + " " + NAME);
    assertThat(deployment.at("/spec/replicas").asInt()).isEqualTo(2);
    assertThat(deployment.at("/spec/template/metadata/annotations/note").asText())
        .isEqualTo("kept");
    JsonNode pod = deployment.at("/spec/template/spec");
    assertThat(pod.at("/imagePullSecrets/0/name").asText()).isEqualTo("mine");
    assertThat(pod.at("/nodeSelector/disk").asText()).isEqualTo("ssd");
    assertThat(pod.at("/tolerations/0/key").asText()).isEqualTo("search");
    assertThat(pod.at("/affinity").has("nodeAffinity")).isTrue();
    JsonNode container = pod.at("/containers/0");
    assertThat(container.path("image").asText()).isEqualTo("registry.example.org/vecraft:7");
    assertThat(container.path("imagePullPolicy").asText()).isEqualTo("Always");
    assertThat(container.at("/resources/limits/memory").asText()).isEqualTo("1Gi");
    Map<String, String> environment = new TreeMap<>();
    container
        .path("env")
        .forEach(one -> environment.put(one.path("name").asText(), one.path("value").asText()));
    assertThat(environment)
        .containsEntry("VECRAFT_CLUSTER_DOMAIN", "k8s.example.org")
        .containsEntry("VECRAFT_LOG_LEVEL", "DEBUG");
  }
}
