package io.vecraft.cluster.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Optional;

/** Where replicas are, by the word of the control process of a local cluster that leads. */
public final class Placements {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PATIENCE_MS = 2_000;

  private Placements() {}

  /** What the leading control process tells; empty when none does. */
  public static Optional<JsonNode> ask(LocalCluster cluster) {
    return cluster.processes().stream()
        .filter(p -> p.role().equals("control") && p.handle().isPresent())
        .flatMap(p -> ask(p).stream())
        .filter(told -> told.path("leads").asBoolean())
        .findFirst();
  }

  private static Optional<JsonNode> ask(LocalProcess control) {
    URI page = URI.create(control.health()).resolve("/placement");
    try {
      var connection = (HttpURLConnection) page.toURL().openConnection();
      connection.setConnectTimeout(PATIENCE_MS);
      connection.setReadTimeout(PATIENCE_MS);
      try (InputStream body = connection.getInputStream()) {
        return Optional.of(JSON.readTree(body));
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
