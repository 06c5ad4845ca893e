package io.vecraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StoragePlanTest {
  private static final String SET = "main-storage";

  private StoragePlan plan(int wanted, int there, Set<String> told, Map<String, Long> leaving) {
    return StoragePlan.of(wanted, there, told, leaving, SET);
  }

  @Test
  void nobodyIsAskedWhileThereAreAsManyAsWanted() {
    assertThat(StoragePlan.settled(3, 3, Set.of(), SET)).isTrue();
    assertThat(StoragePlan.settled(4, 3, Set.of("main-storage-5"), SET)).isTrue();
    assertThat(StoragePlan.settled(3, 4, Set.of(), SET)).isFalse();
    assertThat(StoragePlan.settled(4, 3, Set.of("main-storage-3"), SET)).isFalse();
  }

  @Test
  void aNodeIsToldToLeaveAndStaysUntilItIsEmpty() {
    StoragePlan told = plan(2, 3, Set.of(), Map.of());
    assertThat(told.leave()).containsExactly("main-storage-2");
    assertThat(told.replicas()).isEqualTo(3);
    assertThat(told.waiting()).isPresent();
    StoragePlan leaving = plan(2, 3, told.told(), Map.of("main-storage-2", 1L));
    assertThat(leaving.leave()).isEmpty();
    assertThat(leaving.replicas()).isEqualTo(3);
    assertThat(leaving.waiting()).hasValueSatisfying(w -> assertThat(w).contains("1 replicas"));
    StoragePlan empty = plan(2, 3, told.told(), Map.of("main-storage-2", 0L));
    assertThat(empty.replicas()).isEqualTo(2);
    assertThat(empty.waiting()).isEmpty();
    assertThat(empty.told()).containsExactly("main-storage-2");
  }

  @Test
  void aNodeThatIsEmptyWaitsForThoseAfterIt() {
    Map<String, Long> leaving = Map.of("main-storage-2", 0L, "main-storage-3", 5L);
    assertThat(plan(2, 4, Set.of(), leaving).replicas()).isEqualTo(4);
    leaving = Map.of("main-storage-2", 5L, "main-storage-3", 0L);
    assertThat(plan(2, 4, Set.of(), leaving).replicas()).isEqualTo(3);
  }

  @Test
  void aNodeThatIsWantedAgainIsToldToStay() {
    StoragePlan plan =
        plan(3, 3, Set.of("main-storage-2"), Map.of("main-storage-2", 4L, "main-storage-0", 4L));
    assertThat(plan.stay()).containsExactly("main-storage-2");
    assertThat(plan.told()).isEmpty();
    assertThat(plan.replicas()).isEqualTo(3);
  }

  @Test
  void whomSomebodyElseToldToLeaveIsLeftAlone() {
    StoragePlan plan = plan(3, 3, Set.of(), Map.of("main-storage-0", 4L));
    assertThat(plan.stay()).isEmpty();
    assertThat(plan.leave()).isEmpty();
  }

  @Test
  void podsThatWereLeftBehindAreCountedToTheLast() {
    assertThat(StoragePlan.there(List.of(), SET)).isZero();
    assertThat(StoragePlan.there(List.of("main-storage-0", "main-storage-12"), SET)).isEqualTo(13);
    assertThat(
            StoragePlan.there(
                List.of("main-storage-x", "main-storage-", "other-storage-7", "main-journal-9"),
                SET))
        .isZero();
  }
}
