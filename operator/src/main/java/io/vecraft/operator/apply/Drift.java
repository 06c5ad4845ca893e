package io.vecraft.operator.apply;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where an object in Kubernetes differs from what was asked for. Kubernetes adds fields (defaults,
 * status, what others set), so an object is as it should be when it has everything that was asked
 * for.
 */
final class Drift {
  /** A number with a unit, or without one: 1000m is 1, 0.5Gi is 512Mi. */
  private static final Pattern QUANTITY =
      Pattern.compile("[0-9]+(\\.[0-9]+)?([munkMGTPE]|[KMGTPE]i)?");

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
    return desired.isNull() || same(desired.asText(), live.asText())
        ? Optional.empty()
        : Optional.of(path);
  }

  /** Whether two values are one; Kubernetes writes quantities in a form of its own. */
  private static boolean same(String desired, String live) {
    return desired.equals(live)
        || QUANTITY.matcher(desired).matches()
            && QUANTITY.matcher(live).matches()
            && Quantity.getAmountInBytes(new Quantity(desired))
                    .compareTo(Quantity.getAmountInBytes(new Quantity(live)))
                == 0;
  }
}
