package io.vecraft.gateway.write;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.vecraft.journal.time.Deadline;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RequestDigestTest {
  private static WriteItem.Upsert item(String id, float x, String json, Condition condition) {
    return new WriteItem.Upsert(id, new float[] {x}, json.getBytes(), "", condition);
  }

  @Test
  void everyPartOfABodyMakesAnotherDigest() {
    Set<ByteString> digests = new HashSet<>();
    List<ByteString> all =
        List.of(
            RequestDigest.ofItems("upsert", "c", List.of(item("a", 1, "{}", Condition.NONE))),
            RequestDigest.ofItems("upsert", "d", List.of(item("a", 1, "{}", Condition.NONE))),
            RequestDigest.ofItems("upsert", "c", List.of(item("b", 1, "{}", Condition.NONE))),
            RequestDigest.ofItems("upsert", "c", List.of(item("a", 2, "{}", Condition.NONE))),
            RequestDigest.ofItems("upsert", "c", List.of(item("a", 1, "{ }", Condition.NONE))),
            RequestDigest.ofItems("upsert", "c", List.of(item("a", 1, "{}", Condition.IF_ABSENT))),
            RequestDigest.ofItems(
                "upsert", "c", List.of(item("a", 1, "{}", Condition.ifVersion(5)))),
            RequestDigest.ofItems(
                "delete", "c", List.of(new WriteItem.Delete("a", Condition.NONE))),
            RequestDigest.ofTransaction(
                List.of(new TransactionOperation("c", item("a", 1, "{}", Condition.NONE)))),
            RequestDigest.ofTexts("ab", "c"),
            RequestDigest.ofTexts("a", "bc"),
            RequestDigest.ofTexts("a", "b", "c"));
    digests.addAll(all);
    assertThat(digests).hasSameSizeAs(all);
  }

  @Test
  void textStandsForTheVectorThatAProviderMadeOfIt() {
    var first = new WriteItem.Upsert("a", new float[] {1}, new byte[0], "text", Condition.NONE);
    var again = new WriteItem.Upsert("a", new float[] {2}, new byte[0], "text", Condition.NONE);
    assertThat(RequestDigest.ofItems("upsert", "c", List.of(first)))
        .isEqualTo(RequestDigest.ofItems("upsert", "c", List.of(again)));
  }

  @Test
  void madeIdsAreVersion7AndRepeatable() {
    var context = new WriteContext("any-id", "p", "", 0, Deadline.afterMillis(1));
    UUID id = UUID.fromString(RecordIds.make(context, 3));
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(RecordIds.make(context, 3)).isEqualTo(id.toString());
    assertThat(RecordIds.make(context, 4)).isNotEqualTo(id.toString());
    var other = new WriteContext("any-id", "q", "", 0, Deadline.afterMillis(1));
    assertThat(RecordIds.make(other, 3)).isNotEqualTo(id.toString());
  }
}
