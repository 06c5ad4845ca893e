package io.vecraft.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.operator.engine.GatewayException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class StorageOrdersTest {
  private static final String SET = "main-storage";
  private final Answers nodes = new Answers();

  /** Nodes that answer as a test wants. */
  private static final class Answers implements StorageOrders.Nodes {
    final Map<String, Long> left = new TreeMap<>();
    final Set<String> unknown = new TreeSet<>();
    final Map<String, GatewayException> refuse = new TreeMap<>();
    final List<String> asked = new ArrayList<>();

    @Override
    public Map<String, Long> leaving() throws GatewayException {
      asked("");
      return left;
    }

    @Override
    public boolean leave(String node) throws GatewayException {
      asked("leave " + node);
      return !unknown.contains(node);
    }

    @Override
    public void stay(String node) throws GatewayException {
      asked("stay " + node);
    }

    private void asked(String what) throws GatewayException {
      asked.add(what);
      if (refuse.containsKey(what)) {
        throw refuse.get(what);
      }
    }
  }

  private StoragePlan give(int wanted, int there, String... told) {
    return new StorageOrders(nodes, SET).give(wanted, there, Set.of(told));
  }

  private static GatewayException conflict() {
    return new GatewayException(409, "docs has 2 replicas [conflict]");
  }

  private static GatewayException noAnswer() {
    return new GatewayException("no answer");
  }

  @Test
  void aNodeThatNobodyKnowsHasNothingLeft() {
    nodes.unknown.add("main-storage-2");
    StoragePlan plan = give(2, 3);
    assertThat(plan.replicas()).isEqualTo(2);
    assertThat(plan.waiting()).isEmpty();
    assertThat(plan.told()).containsExactly("main-storage-2");
  }

  @Test
  void aNodeThatNobodyKnowsStillWaitsForThoseAfterIt() {
    nodes.unknown.add("main-storage-2");
    StoragePlan plan = give(2, 4);
    assertThat(plan.replicas()).isEqualTo(4);
    nodes.left.put("main-storage-3", 0L);
    assertThat(give(2, 4).replicas()).isEqualTo(2);
  }

  @Test
  void aNodeThatRefusesKeepsNoOtherFromLeaving() {
    nodes.refuse.put("leave main-storage-3", conflict());
    nodes.left.put("main-storage-4", 0L);
    StoragePlan plan = give(2, 5);
    assertThat(nodes.asked).contains("leave main-storage-3", "leave main-storage-2");
    assertThat(plan.replicas()).isEqualTo(4);
    assertThat(plan.told())
        .containsExactlyInAnyOrder("main-storage-2", "main-storage-3", "main-storage-4");
    assertThat(plan.waiting())
        .hasValueSatisfying(
            w -> assertThat(w).contains("main-storage-3 cannot: docs has 2 replicas [conflict]"));
  }

  @Test
  void whereThereIsNoAnswerOthersAreNotAskedAndAllAreRemembered() {
    nodes.refuse.put("leave main-storage-3", noAnswer());
    StoragePlan plan = give(2, 4);
    assertThat(nodes.asked).doesNotContain("leave main-storage-2");
    assertThat(plan.replicas()).isEqualTo(4);
    assertThat(plan.told()).containsExactlyInAnyOrder("main-storage-2", "main-storage-3");
  }

  @Test
  void aNodeThatCouldNotBeToldToStayIsToldAgain() {
    nodes.left.put("main-storage-2", 3L);
    nodes.refuse.put("stay main-storage-2", noAnswer());
    StoragePlan plan = give(4, 3, "main-storage-2");
    assertThat(plan.replicas()).isEqualTo(3);
    assertThat(plan.told()).containsExactly("main-storage-2");
    assertThat(plan.waiting()).hasValueSatisfying(w -> assertThat(w).contains("no answer"));
    nodes.refuse.clear();
    StoragePlan next = give(4, 3, plan.told().toArray(String[]::new));
    assertThat(next.replicas()).isEqualTo(4);
    assertThat(next.told()).isEmpty();
    assertThat(next.waiting()).isEmpty();
  }

  @Test
  void whoIsToldIsRememberedWhenItIsNotKnownWhoLeaves() {
    nodes.refuse.put("", noAnswer());
    StoragePlan plan = give(2, 3, "main-storage-5");
    assertThat(plan.replicas()).isEqualTo(3);
    assertThat(plan.told()).containsExactly("main-storage-5");
    assertThat(nodes.asked).containsExactly("");
  }
}
