package io.vecraft.operator.apply;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;

/**
 * Where an object in Kubernetes differs from what was asked for. Kubernetes adds fields (defaults,
 * status, what others set), so an object is as it should be when it has everything that was asked
 * for.
 */
final class Drift {
  private Drift() {}

  /** Path of the first difference; empty when there is none. */
  static Optional<String> between(JsonNode desired, JsonNode live) {
    return difference("", desired, live);
  }

  private static Optional<String> difference(String path, JsonNode desired, JsonNode live) {
    if (desired.isObject()) {
      if (!live.isObject()) {
        return desired.isEmpty() ? Optional.empty() : Optional.of(path);
      }
      for (Map.Entry<String, JsonNode> field : desired.properties()) {
        Optional<String> found =
            difference(path + "." + field.getKey(), field.getValue(), live.path(field.getKey()));
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }
    if (desired.isArray()) {
      if (desired.size() > live.size()) {
        return Optional.of(path);
      }
      for (int i = 0; i < desired.size(); i++) {
        Optional<String> found = difference(path + "[" + i + "]", desired.get(i), live.get(i));
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }
    return desired.isNull() || desired.asText().equals(live.asText())
        ? Optional.empty()
        : Optional.of(path);
  }
}
