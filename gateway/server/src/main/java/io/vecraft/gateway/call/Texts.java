package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.embedding.EmbeddingProvider;
import io.vecraft.gateway.embedding.EmbeddingProviders;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.time.Deadline;
import io.vecraft.query.QueryProcessor;
import java.util.List;
import java.util.function.Supplier;

/** Turns texts into vectors by the provider of their collection. Safe for concurrent use. */
public final class Texts {
  private final Supplier<Catalog> catalog;
  private final QueryProcessor query;
  private final EmbeddingProviders providers;

  public Texts(Supplier<Catalog> catalog, QueryProcessor query, EmbeddingProviders providers) {
    this.catalog = catalog;
    this.query = query;
    this.providers = providers;
  }

  /**
   * One vector per text. Blocks.
   *
   * @param field the text's field, for the error of a collection that embeds nothing
   */
  public float[][] embed(String collection, List<String> texts, String field, Deadline deadline) {
    EmbeddingProvider provider =
        providers
            .provider(settings(collection))
            .orElseThrow(() ->
                new VecraftException(
                    ErrorCode.INVALID_ARGUMENT,
                    "collection " + collection + " has no embedding; give a vector",
                    field));
    return provider.embed(texts, deadline);
  }

  private String settings(String collection) {
    return catalog
        .get()
        .collection(collection)
        // Our catalog may be behind; the query processor asks the journal before it gives up.
        .orElseGet(() -> query.describe(collection).state())
        .getDefinition()
        .getEmbeddingJson();
  }
}
