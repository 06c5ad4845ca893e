package io.vecraft.operator.roll;

import java.util.List;
import java.util.Optional;

/**
 * Which Pod is replaced next, as a pure function of what is seen.
 *
 * <ol>
 *   <li>Sets are taken in the order given; the next one's turn comes when all Pods of the one
 *       before are of its newest revision.
 *   <li>Nothing is done while the controller of a set has not seen what is wanted of it.
 *   <li>A Pod of an old revision that is not ready is replaced at once, whatever the gates say: it
 *       serves nobody, and a bad revision would keep the good one from ever coming. Its volume
 *       stays.
 *   <li>A Pod of an old revision that is ready is replaced when every gate is open. There is one
 *       gate for Pods, {@code every_pod_is_ready}: of no set is one missing, on its way out or not
 *       ready. The others are the engine's.
 * </ol>
 *
 * So at most one Pod that serves is away at a time, and a set of one Pod is away for as long as it
 * takes to start.
 */
public final class RollPlan {
  private static final String PODS = "every_pod_is_ready";

  private RollPlan() {}

  /** A condition for taking a Pod that serves away. */
  public interface Gate {
    /** Its name, as in the status. */
    String name();

    /** Why it is closed; empty when it is open. */
    Optional<String> closed();
  }

  /** What to do. */
  public sealed interface Decision {}

  /** All Pods are of the newest revision. */
  public record Settled() implements Decision {}

  /**
   * A Pod is deleted, and made again of the newest revision.
   *
   * @param pod its name
   * @param reason why now
   */
  public record Replace(String pod, String reason) implements Decision {}

  /**
   * Not yet.
   *
   * @param gate that is closed
   * @param reason why
   */
  public record Wait(String gate, String reason) implements Decision {}

  /**
   * Decides.
   *
   * @param sets in the order in which they are rolled
   * @param gates asked only when a Pod that serves would be taken away
   */
  public static Decision of(List<SetState> sets, List<Gate> gates) {
    for (SetState set : sets) {
      if (set.revision().isEmpty()) {
        return new Wait("revision_is_known", set.name() + " is being changed");
      }
      List<PodState> old = set.old();
      Optional<PodState> stuck = old.stream().filter(p -> !p.ready()).findFirst();
      if (stuck.isPresent()) {
        return new Replace(stuck.get().name(), "it is not ready and of an old revision");
      }
      if (!old.isEmpty()) {
        return underGates(old.getFirst(), sets, gates);
      }
    }
    return new Settled();
  }

  private static Decision underGates(PodState next, List<SetState> sets, List<Gate> gates) {
    Optional<SetState> away = sets.stream().filter(s -> !s.allReady()).findFirst();
    if (away.isPresent()) {
      return new Wait(PODS, "not all Pods of " + away.get().name() + " are ready");
    }
    for (Gate gate : gates) {
      Optional<String> closed = gate.closed();
      if (closed.isPresent()) {
        return new Wait(gate.name(), closed.get());
      }
    }
    return new Replace(next.name(), "it is of an old revision, and all gates are open");
  }
}
