package io.vecraft.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.lib.jse.JsePlatform;

/** The examples for Argo CD and Flux: what they name is there, and health is told as it is. */
class GitOpsTest {
  private static final Path EXAMPLES = Path.of("../charts/examples/gitops");
  private static final List<String> KINDS =
      List.of("VecraftCluster", "Collection", "JournalPartition");
  private static final KubernetesSerialization YAML = new KubernetesSerialization();
  private static final ObjectMapper JSON = new ObjectMapper();

  private static List<JsonNode> documents(String file) throws IOException {
    String[] texts = Files.readString(EXAMPLES.resolve(file)).split("(?m)^---$");
    return Arrays.stream(texts).map(t -> YAML.unmarshal(t, JsonNode.class)).toList();
  }

  private static JsonNode document(String file, String kind, String name) throws IOException {
    return documents(file).stream()
        .filter(d -> d.path("kind").asText().equals(kind))
        .filter(d -> d.at("/metadata/name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theChartIsWhereTheySay() throws IOException {
    String argo =
        document("argocd.yaml", "Application", "vecraft-operator").at("/spec/source/path").asText();
    String flux =
        document("flux.yaml", "HelmRelease", "vecraft-operator")
            .at("/spec/chart/spec/chart")
            .asText();
    assertThat(argo).isEqualTo(flux);
    assertThat(Path.of("..", argo, "Chart.yaml")).exists();
  }

  @Test
  void bothKnowEveryKind() throws IOException {
    ConfigMap settings =
        YAML.unmarshal(
            YAML.asYaml(document("argocd.yaml", "ConfigMap", "argocd-cm")), ConfigMap.class);
    assertThat(settings.getData().keySet())
        .containsExactlyInAnyOrderElementsOf(
            KINDS.stream()
                .map(kind -> "resource.customizations.health.vecraft.io_" + kind)
                .toList());
    assertThat(settings.getData().values().stream().distinct()).hasSize(1);
    JsonNode checks =
        document("flux.yaml", "Kustomization", "vecraft-clusters").at("/spec/healthCheckExprs");
    assertThat(checks)
        .extracting(c -> c.path("kind").asText())
        .containsExactlyInAnyOrderElementsOf(KINDS);
    assertThat(checks)
        .allSatisfy(c -> {
          assertThat(c.path("apiVersion").asText()).isEqualTo("vecraft.io/v1alpha1");
          assertThat(c.path("current").asText()).contains("Ready");
          assertThat(c.path("failed").asText()).contains("Failed");
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"metadata":{"generation":1}} | Progressing
          {"metadata":{"generation":2},"status":{"observedGeneration":1,"conditions":[{"type":"Ready","status":"True","reason":"Ready","message":"m"}]}} | Progressing
          {"metadata":{"generation":1},"status":{"observedGeneration":1,"conditions":[{"type":"Ready","status":"True","reason":"Ready","message":"m"}]}} | Healthy
          {"metadata":{"generation":1},"status":{"observedGeneration":1,"conditions":[{"type":"Paused","status":"True","reason":"Asked","message":"p"},{"type":"Ready","status":"True","reason":"Paused","message":"m"}]}} | Suspended
          {"metadata":{"generation":1},"status":{"observedGeneration":1,"conditions":[{"type":"Ready","status":"False","reason":"Rolling","message":"m"}]}} | Progressing
          {"metadata":{"generation":1},"status":{"observedGeneration":1,"conditions":[{"type":"Ready","status":"False","reason":"Failed","message":"m"}]}} | Degraded
          """)
  void argoSaysHowAResourceIs(String resource, String health) throws IOException {
    String script =
        document("argocd.yaml", "ConfigMap", "argocd-cm")
            .path("data")
            .path("resource.customizations.health.vecraft.io_VecraftCluster")
            .asText();
    var globals = JsePlatform.standardGlobals();
    globals.set("obj", lua(JSON.readValue(resource, Object.class)));
    LuaValue told = globals.load(script).call();
    assertThat(told.get("status").tojstring()).isEqualTo(health);
    assertThat(told.get("message").tojstring()).isNotEmpty();
  }

  /** JSON as Lua has it. */
  private static LuaValue lua(Object json) {
    return switch (json) {
      case Map<?, ?> map -> {
        var table = new LuaTable();
        map.forEach((key, value) -> table.set(String.valueOf(key), lua(value)));
        yield table;
      }
      case List<?> list -> {
        var table = new LuaTable();
        for (Object value : list) {
          table.insert(0, lua(value));
        }
        yield table;
      }
      case Integer number -> LuaValue.valueOf(number);
      default -> LuaValue.valueOf(json.toString());
    };
  }
}
