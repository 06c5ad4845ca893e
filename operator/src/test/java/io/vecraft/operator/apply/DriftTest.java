package io.vecraft.operator.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DriftTest {
  private static Optional<String> drift(String desired, String live) throws Exception {
    var json = new ObjectMapper();
    return Drift.between(json.readTree(desired), json.readTree(live));
  }

  @Test
  void whatKubernetesAddsIsNoDifference() throws Exception {
    assertThat(
            drift(
                "{\"a\":{\"b\":1},\"l\":[{\"x\":1}],\"e\":{}}",
                "{\"a\":{\"b\":1,\"c\":2},\"l\":[{\"x\":1,\"y\":2}],\"s\":3}"))
        .isEmpty();
  }

  @Test
  void whatSomebodyChangedIsNamed() throws Exception {
    assertThat(drift("{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}")).contains(".a.b");
    assertThat(drift("{\"l\":[{\"x\":1},{\"x\":2}]}", "{\"l\":[{\"x\":1}]}")).contains(".l");
    assertThat(drift("{\"l\":[{\"x\":1}]}", "{\"l\":[{}]}")).contains(".l[0].x");
    assertThat(drift("{\"a\":{\"b\":1}}", "{}")).contains(".a");
  }

  @Test
  void aQuantityInAnotherFormIsTheSame() throws Exception {
    assertThat(drift("{\"cpu\":\"1000m\",\"m\":\"0.5Gi\"}", "{\"cpu\":\"1\",\"m\":\"512Mi\"}"))
        .isEmpty();
    assertThat(drift("{\"memory\":\"1Gi\"}", "{\"memory\":\"1G\"}")).contains(".memory");
    assertThat(drift("{\"image\":\"1000m\"}", "{\"image\":\"one\"}")).contains(".image");
  }
}
