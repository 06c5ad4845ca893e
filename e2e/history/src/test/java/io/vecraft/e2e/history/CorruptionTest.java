package io.vecraft.e2e.history;

import static io.vecraft.e2e.history.Histories.delete;
import static io.vecraft.e2e.history.Histories.put;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** A corruption must not offer a history that is right as a wrong one. */
class CorruptionTest {
  private final Histories h = new Histories();

  @Test
  void aReaderDuringADeletionMayComeBeforeIt() {
    h.write(1, 2, 1, put("a", 1))
        .write(3, 20, 2, put("a", 2), delete("b"))
        .strong(4, 19, 2, Map.of("a", 2, "b", Op.ABSENT));
    assertThat(Corruption.TRANSACTION_HALF_SEEN.of(h.ops())).isEmpty();
  }

  @Test
  void aReaderOfHalfATransactionIsWrong() {
    h.write(1, 2, 1, put("a", 1))
        .write(3, 20, 2, put("a", 2), put("b", 3))
        .strong(4, 19, 2, Map.of("a", 2, "b", 3));
    var wrong = Corruption.TRANSACTION_HALF_SEEN.of(h.ops());
    assertThat(wrong).isPresent();
    assertThat(SerialSearch.check(wrong.get())).isInstanceOf(Verdict.Wrong.class);
  }
}
