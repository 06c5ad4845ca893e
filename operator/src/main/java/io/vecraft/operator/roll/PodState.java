package io.vecraft.operator.roll;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Pod as far as rolling is concerned.
 *
 * @param name of the Pod
 * @param revision of the StatefulSet that it was made of
 * @param ready whether it says that it is, and is not on its way out
 */
public record PodState(String name, String revision, boolean ready) {
  private static final String REVISION = "controller-revision-hash";

  /** What a Pod is. */
  public static PodState of(Pod pod) {
    boolean says =
        Optional.ofNullable(pod.getStatus()).map(s -> s.getConditions()).orElse(List.of()).stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
    return new PodState(
        pod.getMetadata().getName(),
        Optional.ofNullable(pod.getMetadata().getLabels())
            .orElse(Map.of())
            .getOrDefault(REVISION, ""),
        says && pod.getMetadata().getDeletionTimestamp() == null);
  }
}
