package io.vecraft.operator.status;

import io.vecraft.crd.common.ConditionState;
import io.vecraft.crd.common.ConditionStatus;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * The conditions of one pass, merged with those of the last: a condition keeps the time of its last
 * transition as long as its status stays. The order is that of {@link #add}. For one thread.
 */
public final class Conditions {
  private final List<ConditionState> before;
  private final long generation;
  private final Clock clock;
  private final List<ConditionState> now = new ArrayList<>();

  /**
   * Begins with nothing known.
   *
   * @param before conditions of the last pass
   * @param generation of the specification that is worked on
   */
  public Conditions(List<ConditionState> before, long generation, Clock clock) {
    this.before = List.copyOf(before);
    this.generation = generation;
    this.clock = clock;
  }

  /** One more. */
  public void add(String type, ConditionStatus status, String reason, String message) {
    String since =
        before.stream()
            .filter(c -> c.type().equals(type) && c.status() == status)
            .map(ConditionState::lastTransitionTime)
            .findFirst()
            .orElseGet(() -> Instant.now(clock).truncatedTo(ChronoUnit.SECONDS).toString());
    now.add(new ConditionState(type, status, reason, message, generation, since));
  }

  /** One more, that holds or does not. */
  public void add(String type, boolean holds, String reason, String message) {
    add(type, holds ? ConditionStatus.TRUE : ConditionStatus.FALSE, reason, message);
  }

  /** All that were added. */
  public List<ConditionState> list() {
    return List.copyOf(now);
  }
}
