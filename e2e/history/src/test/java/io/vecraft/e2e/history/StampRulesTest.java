package io.vecraft.e2e.history;

import static io.vecraft.e2e.history.Histories.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.e2e.history.Op.Condition;
import io.vecraft.e2e.history.Op.Level;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each history here is right or wrong for a reason that is its name. */
class StampRulesTest {
  private static final Level RYW = new Level.ReadYourWrites();
  private static final Level EVENTUAL = new Level.Eventual();

  private final Histories h = new Histories();

  private void right() {
    assertThat(StampRules.check(h.ops())).isInstanceOf(Verdict.Fine.class);
  }

  private void wrong(String because) {
    assertThat(StampRules.check(h.ops()))
        .isInstanceOfSatisfying(Verdict.Wrong.class, w -> assertThat(w.why()).contains(because));
  }

  @Test
  void readsOfEveryLevelSeeTheirInstant() {
    h.sessionWrite("s", 1, 2, 10, put("a", 1))
        .sessionWrite("s", 3, 4, 20, put("a", 2))
        .strong(5, 6, 25, Map.of("a", 2))
        .read("", 5, 6, EVENTUAL, 15, Map.of("a", 1))
        .read("", 7, 8, new Level.Bounded(3), 20, Map.of("a", 2))
        .read("s", 9, 10, RYW, 20, Map.of("a", 2))
        .read("", 11, 12, new Level.AsOf(12), 12, Map.of("a", 1));
    right();
  }

  @Test
  void lostWrite() {
    h.write(1, 2, 10, put("a", 1)).read("", 3, 4, EVENTUAL, 15, Map.of("a", 0));
    wrong("a was 1 at 15");
  }

  @Test
  void halfTransactionInAnEventualRead() {
    h.write(1, 2, 10, put("a", 1), put("b", 1))
        .read("", 3, 4, EVENTUAL, 15, Map.of("a", 1, "b", 0));
    wrong("b was 1 at 15");
  }

  @Test
  void unacknowledgedWriteThatTookEffectIsPartOfTheState() {
    h.write(1, Op.NEVER, 10, put("a", 1)).read("", 3, 4, EVENTUAL, 15, Map.of("a", 1));
    right();
  }

  @Test
  void twoWritesAtOneStamp() {
    h.write(1, 2, 10, put("a", 1)).write(1, 2, 10, put("b", 1));
    wrong("two writes with one stamp");
  }

  @Test
  void conditionAnsweredAgainstTheOrder() {
    h.write(1, 9, 10, put("a", 1)).write(1, 9, 20, put("a", 2, new Condition.Absent()));
    wrong("should not have been applied");
  }

  @Test
  void acknowledgedBeforeBegunButStampedAfter() {
    h.write(1, 2, 90, put("a", 1), put("b", 1)).write(3, 4, 30, put("a", 2));
    wrong("not in the order of real time");
  }

  @Test
  void strongReadMissesAnAcknowledgedWrite() {
    h.write(1, 2, 30, put("a", 1)).strong(3, 4, 20, Map.of("a", 0));
    wrong("not in the order of real time");
  }

  @Test
  void writeBelowAnEarlierStrongRead() {
    h.strong(1, 2, 30, Map.of("b", 0)).write(3, 4, 20, put("a", 1));
    wrong("not in the order of real time");
  }

  @Test
  void boundedReadBeyondItsBound() {
    h.write(1, 2, 30, put("a", 1)).read("", 9, 10, new Level.Bounded(5), 20, Map.of("a", 0));
    wrong("not in the order of real time");
  }

  @Test
  void boundedReadWithinItsBound() {
    h.write(1, 2, 30, put("a", 1)).read("", 7, 8, new Level.Bounded(5), 20, Map.of("a", 0));
    right();
  }

  @Test
  void boundedReadsNeedNotBeInOrderAmongThemselves() {
    h.read("", 1, 2, new Level.Bounded(0), 30, Map.of("a", 0))
        .read("", 3, 4, new Level.Bounded(0), 20, Map.of("a", 0));
    right();
  }

  @Test
  void sessionMissesItsOwnWrite() {
    h.sessionWrite("s", 1, 2, 30, put("a", 1)).read("s", 3, 4, RYW, 20, Map.of("a", 0));
    wrong("a session went back");
  }

  @Test
  void sessionReadsGoBack() {
    h.read("s", 1, 2, RYW, 30, Map.of("a", 0)).read("s", 3, 4, RYW, 20, Map.of("a", 0));
    wrong("a session went back");
  }

  @Test
  void writeThatBuildsOnAReadIsStampedBelowIt() {
    h.write(1, Op.NEVER, 30, put("a", 1))
        .read("s", 2, 3, EVENTUAL, 30, Map.of("a", 1))
        .sessionWrite("s", 4, 5, 20, put("b", 1));
    wrong("a session went back");
  }

  @Test
  void readAsOfAnotherMomentThanAsked() {
    h.write(1, 2, 30, put("a", 1)).read("", 3, 4, new Level.AsOf(20), 30, Map.of("a", 1));
    wrong("asked as of 20");
  }

  @Test
  void twoReadsAsOfOneStampDiffer() {
    h.write(1, 2, 30, put("a", 1))
        .read("", 3, 4, new Level.AsOf(20), 20, Map.of("a", 0))
        .read("", 5, 6, new Level.AsOf(20), 20, Map.of("a", 1));
    wrong("a was 0 at 20");
  }
}
