package io.vecraft.standalone.api;

import static io.vecraft.standalone.api.ErrorAnswers.check;
import static io.vecraft.standalone.api.ErrorAnswers.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was readable and is so no longer. */
class TimeTravelWindowTest {
  private static final String C = "/v1/collections/c";

  @TempDir Path directory;

  @Test
  void aReadBelowTheWindowIsGone() {
    // A window is never shorter than the longest deadline.
    Limits limits = Limits.defaults().with(Limit.TIMEOUT_MS, 2_000);
    StandaloneConfig config = StandaloneConfig.builder(directory).port(0).limits(limits).build();
    try (Standalone server = Standalone.start(config)) {
      var http = new RawHttp(server.port());
      String definition = "{\"dimension\":2,\"time_travel_window_s\":1}";
      assertThat(http.send("PUT", C, definition).status()).isEqualTo(201);
      String stamp = write(http, "a").path("hlc").asText();
      RawHttp.Response read = http.send("GET", C + "/vectors/a?as_of=" + stamp, "");
      assertThat(read.status()).as(read.text()).isEqualTo(200);

      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> {
            write(http, "b");
            return http.send("GET", C + "/vectors/a?as_of=" + stamp, "").status() != 200;
          });

      check(
          http.send("GET", C + "/vectors/a?as_of=" + stamp, ""), 410, "snapshot_expired", "as_of");
      String search = "{\"vector\":[1,2],\"as_of\":\"" + stamp + "\"}";
      check(http.send("POST", C + "/search", search), 410, "snapshot_expired", "as_of");
      assertThat(http.send("GET", C + "/vectors/a", "").status()).isEqualTo(200);
    }
  }

  private static JsonNode write(RawHttp http, String id) {
    String body = "{\"vectors\":[{\"id\":\"" + id + "\",\"vector\":[1,2]}]}";
    RawHttp.Response response = http.send("POST", C + "/vectors", body);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    return json(response);
  }
}
