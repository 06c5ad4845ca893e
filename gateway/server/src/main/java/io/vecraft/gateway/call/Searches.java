package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.auth.Action;
import io.vecraft.query.QueryProcessor;
import io.vecraft.query.ReadOptions;
import io.vecraft.query.SearchAnswer;
import io.vecraft.query.SearchRequestSpec;
import io.vecraft.storage.read.SearchSpec;
import java.util.List;

/** Searches, for REST and gRPC alike. Safe for concurrent use. */
public final class Searches {
  /** A search that compares more than this is no work for the thread that serves a connection. */
  private static final int CANDIDATES_AT_ONCE = 1_000;

  private final QueryProcessor query;
  private final Texts texts;

  public Searches(QueryProcessor query, Texts texts) {
    this.query = query;
    this.texts = texts;
  }

  /** A search that was checked and may be run. */
  public final class Prepared {
    private final Call call;
    private final SearchWish wish;
    private final ReadOptions options;

    private Prepared(Call call, SearchWish wish) {
      this.call = call;
      this.wish = wish;
      this.options = wish.read.options(call);
    }

    /** Whether it is short and waits for nothing, so that it may run on any thread. */
    public boolean atOnce() {
      return wish.text.isEmpty()
          && !wish.exact
          && wish.filter.isEmpty()
          && Math.max(wish.k, wish.ef) <= CANDIDATES_AT_ONCE
          && query.answersAtOnce(wish.collection, options);
    }

    public SearchAnswer run() {
      float[] vector =
          wish.vector.orElseGet(() ->
              texts
                  .embed(
                      wish.collection, List.of(wish.text.orElseThrow()), "text", call.deadline())[
                  0]);
      return query.search(
          new SearchRequestSpec(
              wish.collection,
              new SearchSpec(vector, wish.k, wish.ef, wish.exact, wish.filter, wish.include),
              wish.scoreThreshold,
              options));
    }
  }

  /** Checks what concerns more than one field, and whether the caller may. */
  public Prepared prepare(Call call, SearchWish wish) {
    if (wish.vector.isPresent() && wish.text.isPresent()) {
      throw Checks.invalid("vector and text exclude each other", "text");
    }
    if (wish.vector.isEmpty() && wish.text.isEmpty()) {
      throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "vector or text is needed", "vector");
    }
    call.principal().require(Action.READ, wish.collection);
    return new Prepared(call, wish);
  }
}
