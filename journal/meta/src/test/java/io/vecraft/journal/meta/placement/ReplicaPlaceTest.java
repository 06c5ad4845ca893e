package io.vecraft.journal.meta.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.catalog.JournalLayout;
import io.vecraft.proto.journal.JournalMember;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicaPlaceTest {
  private static Set<String> ids(String text) {
    return text.isEmpty() ? Set.of() : Set.of(text.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          a b c | a b c | a b c       | -
          a b c | x y z | a b c x y z | a:x
          x b c | x y z | b c x y z   | b:y
          a b c | x y z | b c x       | a:x
          a b c | a b d | a b d       | c:d
          a b c | a b d | a b         | -
          a b   | x y   | a b x y     | :x
          a b x | x y   | a b x y     | a:y
          a     | x     | a x         | :x
          a x   | x     | a x         | a:x
          x     | a b c | a b c x     | :a
          a b   | a b c | a b c       | :c
          a b c | a b   | a b c       | c:a
          a b x | a b   | a b         | x:a
          c u v | u v   | c v         | -
          c u v | v w   | c v w       | u:w
          """)
  void oneStepAtATime(String replicas, String wanted, String present, String expected) {
    Map<String, JournalMember> members = new TreeMap<>();
    ids(wanted).forEach(id -> members.put(id, JournalMember.newBuilder().setName(id).build()));
    assertThat(
            ReplicaPlace.of(ids(replicas), members, ids(present))
                .map(place -> place.out() + ":" + JournalLayout.replicaId(place.in()))
                .orElse(null))
        .isEqualTo(expected);
  }
}
