package io.vecraft.gateway.embedding;

import io.vecraft.journal.time.Deadline;
import java.util.List;

/** Turns texts into vectors. Safe for many threads. */
public interface EmbeddingProvider {
  /** Dimension of every vector. */
  int dimension();

  /**
   * One vector per text, in the order of the texts.
   *
   * @throws io.vecraft.error.VecraftException {@code embedding_unavailable} when the provider
   *     fails, {@code deadline_exceeded} when time ran out
   */
  float[][] embed(List<String> texts, Deadline deadline);
}
