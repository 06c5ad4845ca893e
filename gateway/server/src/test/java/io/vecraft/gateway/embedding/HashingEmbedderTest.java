package io.vecraft.gateway.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.journal.time.Deadline;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class HashingEmbedderTest {
  private static final Deadline NO_HURRY = Deadline.afterMillis(3_600_000);
  private final HashingEmbedder embedder = new HashingEmbedder(384);

  private double similarity(String a, String b) {
    float[][] vectors = embedder.embed(List.of(a, b), NO_HURRY);
    double sum = 0;
    for (int i = 0; i < 384; i++) {
      sum += vectors[0][i] * vectors[1][i];
    }
    return sum;
  }

  @Test
  void everyTextHasLengthOne() {
    for (String text : List.of("", " ", "!?", "a", "the", "Ein Satz.", "日本語", "x".repeat(5_000))) {
      assertThat(similarity(text, text)).isCloseTo(1.0, Offset.offset(1e-5));
    }
    assertThat(new HashingEmbedder(1).embed(List.of("word"), NO_HURRY)[0]).hasSize(1);
  }

  @Test
  void theVectorsNeverChange() {
    // A stored collection is searched with vectors made later: this is a file format.
    float[] vector = new HashingEmbedder(8).embed(List.of("Hello, journal"), NO_HURRY)[0];
    float[] again = new HashingEmbedder(8).embed(List.of("hello  journal"), NO_HURRY)[0];
    assertThat(again).containsExactly(vector);
  }

  @Test
  void nearTextsRankAboveFarOnes() {
    List<String> texts =
        List.of(
            "The journal is the single source of truth; every write becomes a record in its log.",
            "Checkpoints are immutable files with a checksum for every block.",
            "The query processor fans out to the shards and merges their answers.",
            "API keys are stored as hashes and compared in constant time.",
            "Filters compare metadata fields with numbers, texts and times.",
            "A snapshot of the cluster can be restored to any moment in the window.",
            "Vectors are quantised to eight bits and rescored exactly.",
            "Rate limits answer with status 429 and a header that says when to retry.");
    List<String> questions =
        List.of(
            "where do writes go? the log of the journal",
            "how are blocks of checkpoint files checked",
            "merging answers of shards in the query processor",
            "are api keys stored hashed",
            "filtering by metadata field",
            "restoring a cluster snapshot",
            "eight bit quantisation of a vector",
            "what happens above the rate limit, when to retry");
    for (int question = 0; question < questions.size(); question++) {
      int best = 0;
      for (int text = 1; text < texts.size(); text++) {
        if (similarity(questions.get(question), texts.get(text))
            > similarity(questions.get(question), texts.get(best))) {
          best = text;
        }
      }
      assertThat(best).as(questions.get(question)).isEqualTo(question);
    }
  }

  @Test
  void formsOfAWordAndPartsOfNamesAreNear() {
    assertThat(similarity("replication", "replicated"))
        .isGreaterThan(similarity("replication", "consensus") + 0.1);
    assertThat(similarity("MetadataIndex", "metadata index"))
        .isGreaterThan(similarity("MetadataIndex", "vector search") + 0.3);
    assertThat(similarity("jounral", "journal")).isGreaterThan(similarity("jounral", "storage"));
  }
}
