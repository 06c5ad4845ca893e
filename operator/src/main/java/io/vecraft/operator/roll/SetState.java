package io.vecraft.operator.roll;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A StatefulSet as far as rolling is concerned.
 *
 * @param name of it
 * @param replicas that are wanted
 * @param revision that Pods should be of; empty while its controller has not seen what is wanted
 * @param pods that there are, the last made first
 */
public record SetState(String name, int replicas, Optional<String> revision, List<PodState> pods) {
  public SetState {
    pods =
        pods.stream()
            .sorted(
                Comparator.comparingInt((PodState p) -> p.name().length())
                    .thenComparing(PodState::name)
                    .reversed())
            .toList();
  }

  /** What a set is. */
  public static SetState of(StatefulSet set, List<Pod> pods) {
    boolean seen =
        set.getStatus() != null
            && set.getMetadata().getGeneration().equals(set.getStatus().getObservedGeneration());
    return new SetState(
        set.getMetadata().getName(),
        set.getSpec().getReplicas(),
        seen ? Optional.ofNullable(set.getStatus().getUpdateRevision()) : Optional.empty(),
        pods.stream().map(PodState::of).toList());
  }

  List<PodState> old() {
    return revision
        .map(r -> pods.stream().filter(p -> !p.revision().equals(r)).toList())
        .orElse(List.of());
  }

  boolean allReady() {
    return pods.size() >= replicas && pods.stream().allMatch(PodState::ready);
  }
}
