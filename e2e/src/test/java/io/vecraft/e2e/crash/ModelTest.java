package io.vecraft.e2e.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vecraft.e2e.crash.Effect.Condition;
import io.vecraft.e2e.crash.Effect.Key;
import io.vecraft.e2e.crash.Effect.Merge;
import io.vecraft.e2e.crash.Effect.Put;
import io.vecraft.e2e.crash.Effect.Remove;
import io.vecraft.e2e.http.Rest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The model rejects what a server must not say; each case is one wrong answer. */
class ModelTest {
  private static final Key A = new Key("a", "one");
  private static final Key B = new Key("b", "two");

  private final Model model = new Model();
  private final AtomicLong newest = new AtomicLong();
  private int requests;

  private static Put put(Key key, Condition condition) {
    return new Put(key, condition, new float[] {1}, Rest.object().put("n", 1));
  }

  /** A request that is answered with these outcomes, one or two of them. */
  private Sent answered(boolean atomic, List<Effect> effects, Object... stampsAndOutcomes) {
    ObjectNode body = Rest.object();
    var results = body.putArray("results");
    for (int i = 0; i < effects.size(); i++) {
      results
          .addObject()
          .put("id", effects.get(i).key().id())
          .put("version", stampsAndOutcomes[2 * i].toString())
          .put("outcome", stampsAndOutcomes[2 * i + 1].toString());
    }
    var sent =
        new Sent(
            new Request("q" + requests++, "POST", "/v1/any", "{}", atomic, effects), newest.get());
    sent.answer(new Rest.Reply(200, body, ""), newest);
    return sent;
  }

  private Sent first() {
    return answered(false, List.of(put(A, new Condition.None())), 10, "written");
  }

  private void wrong(String what, Sent... sent) {
    assertThatThrownBy(() -> model.place(List.of(sent), 100))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(what);
  }

  @Test
  void rightOutcomesMakeTheVersions() {
    Sent merge =
        answered(
            false,
            List.of(new Merge(A, new Condition.IfVersion(10), Rest.object().putNull("n"))),
            20,
            "updated");
    newest.set(0);
    var all = new ArrayList<>(List.of(merge, first()));
    all.add(answered(true, List.of(new Remove(A, new Condition.None())), 30, "deleted"));
    model.place(all, 100);
    assertThat(model.history(A))
        .extracting(Model.Version::kind)
        .containsExactly("delete", "patch", "upsert");
    assertThat(model.at(A, 25).orElseThrow().metadata()).isEqualTo((JsonNode) Rest.object());
    assertThat(model.at(A, 30)).isEmpty();
    assertThat(model.live("a", 12)).containsOnlyKeys("one");
  }

  @Test
  void aWriteStampedBelowWhatWasToldBefore() {
    newest.set(50);
    wrong("before it began", first());
  }

  @Test
  void aWriteStampedAboveALaterStrongRead() {
    wrong(
        "above a later strong read",
        answered(false, List.of(put(A, new Condition.None())), 101, "written"));
  }

  @Test
  void twoWritesAtOneStamp() {
    Sent one = first();
    newest.set(0);
    wrong(
        "stamp of another write",
        one,
        answered(false, List.of(put(B, new Condition.None())), 10, "written"));
  }

  @Test
  void aRecordMadeTwice() {
    wrong(
        "should be none",
        first(),
        answered(false, List.of(put(A, new Condition.IfAbsent())), 20, "created"));
  }

  @Test
  void aConflictWithoutCause() {
    wrong(
        "should be updated",
        first(),
        answered(false, List.of(put(A, new Condition.IfVersion(10))), 20, "conflict"));
  }

  @Test
  void aTransactionCommittedThoughAConditionFailed() {
    wrong(
        "should be none",
        first(),
        answered(
            true,
            List.of(put(B, new Condition.None()), put(A, new Condition.IfAbsent())),
            20,
            "written",
            20,
            "created"));
  }

  @Test
  void aTransactionAtTwoStamps() {
    wrong(
        "at several stamps",
        answered(
            true,
            List.of(put(A, new Condition.None()), put(B, new Condition.None())),
            20,
            "written",
            30,
            "written"));
  }

  @Test
  void aRetryThatIsAnsweredOtherwise() {
    Sent sent = first();
    ObjectNode other =
        Rest.object().put("id", "one").put("version", "11").put("outcome", "written");
    assertThatThrownBy(() -> sent.answer(new Rest.Reply(200, other, ""), newest))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("answered otherwise");
  }
}
