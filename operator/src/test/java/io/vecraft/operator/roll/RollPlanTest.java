package io.vecraft.operator.roll;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.operator.roll.RollPlan.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RollPlanTest {
  private static PodState pod(String name, String revision, boolean ready) {
    return new PodState(name, revision, ready);
  }

  private static SetState set(String name, int replicas, PodState... pods) {
    return new SetState(name, replicas, Optional.of("new"), List.of(pods));
  }

  private static Decision plan(SetState... sets) {
    return RollPlan.of(List.of(sets), List.of(gate(Optional.empty())));
  }

  private static RollPlan.Gate gate(Optional<String> closed) {
    return new RollPlan.Gate() {
      @Override
      public String name() {
        return "engine";
      }

      @Override
      public Optional<String> closed() {
        return closed;
      }
    };
  }

  @Test
  void theLastPodOfTheFirstSetComesFirst() {
    assertThat(
            plan(
                set("journal", 2, pod("journal-0", "old", true), pod("journal-1", "old", true)),
                set("storage", 1, pod("storage-0", "old", true))))
        .isInstanceOfSatisfying(
            RollPlan.Replace.class, r -> assertThat(r.pod()).isEqualTo("journal-1"));
  }

  @Test
  void noPodThatServesIsTakenAwayWhileAnotherIsAway() {
    SetState storage = set("storage", 2, pod("storage-0", "new", true));
    assertThat(plan(set("journal", 1, pod("journal-0", "old", true)), storage))
        .isEqualTo(new RollPlan.Wait("every_pod_is_ready", "not all Pods of storage are ready"));
  }

  @Test
  void aPodThatIsStuckOnABadRevisionIsReplacedWhateverTheGatesSay() {
    assertThat(
            RollPlan.of(
                List.of(
                    set(
                        "journal",
                        3,
                        pod("journal-0", "older", true),
                        pod("journal-1", "older", true),
                        pod("journal-2", "bad", false))),
                List.of(gate(Optional.of("closed")))))
        .isInstanceOfSatisfying(
            RollPlan.Replace.class, r -> assertThat(r.pod()).isEqualTo("journal-2"));
  }

  @Test
  void aClosedGateIsNamed() {
    assertThat(
            RollPlan.of(
                List.of(set("storage", 1, pod("storage-0", "old", true))),
                List.of(gate(Optional.of("a shard is behind")))))
        .isEqualTo(new RollPlan.Wait("engine", "a shard is behind"));
  }

  @Test
  void nothingIsDoneOnOldNews() {
    assertThat(
            RollPlan.of(
                List.of(
                    new SetState(
                        "journal", 1, Optional.empty(), List.of(pod("journal-0", "old", false)))),
                List.of()))
        .isInstanceOf(RollPlan.Wait.class);
  }

  /** Whatever is seen: a Pod that serves is only replaced when nothing else is away. */
  @Property
  void atMostOnePodThatServesIsAway(
      @ForAll @Size(min = 1, max = 12) List<@IntRange(max = 3) Integer> kinds) {
    var pods = new ArrayList<PodState>();
    for (int i = 0; i < kinds.size(); i++) {
      int kind = kinds.get(i);
      pods.add(pod("s-" + i, kind % 2 == 0 ? "old" : "new", kind < 2));
    }
    SetState set = new SetState("s", kinds.size(), Optional.of("new"), pods);
    if (plan(set) instanceof RollPlan.Replace(var name, var reason)) {
      PodState chosen = pods.stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
      assertThat(chosen.revision()).isEqualTo("old");
      assertThat(!chosen.ready() || pods.stream().allMatch(PodState::ready)).isTrue();
    }
  }
}
