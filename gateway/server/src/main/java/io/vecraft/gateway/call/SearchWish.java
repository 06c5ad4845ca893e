package io.vecraft.gateway.call;

import io.vecraft.index.filter.Filter;
import io.vecraft.storage.read.Include;
import java.util.Optional;

/** A search as a client asks for it. For one thread. */
public final class SearchWish {
  /** How to read. */
  public final ReadWish read = new ReadWish();

  private boolean named;
  String collection = Checks.DEFAULT_COLLECTION;
  Optional<float[]> vector = Optional.empty();
  Optional<String> text = Optional.empty();
  int k = Checks.DEFAULT_K;
  int ef;
  boolean exact;
  Optional<Filter> filter = Optional.empty();
  Include include = Include.METADATA;
  Optional<Float> scoreThreshold = Optional.empty();

  /** The collection asked for, else the default one. */
  public String collection() {
    return collection;
  }

  /** Whether the client has named a collection. */
  public boolean names() {
    return named;
  }

  /** What hits carry. */
  public Include include() {
    return include;
  }

  public SearchWish collection(String name) {
    collection = name;
    named = true;
    return this;
  }

  public SearchWish vector(float[] values) {
    vector = Optional.of(values);
    return this;
  }

  public SearchWish text(String value) {
    text = Optional.of(value);
    return this;
  }

  public SearchWish k(int value) {
    k = value;
    return this;
  }

  /** Candidates that the graph search keeps; 0 lets the index choose. */
  public SearchWish ef(int value) {
    ef = value;
    return this;
  }

  public SearchWish exact(boolean value) {
    exact = value;
    return this;
  }

  public SearchWish filter(Filter value) {
    filter = Optional.of(value);
    return this;
  }

  public SearchWish include(Include value) {
    include = value;
    return this;
  }

  public SearchWish scoreThreshold(float value) {
    scoreThreshold = Optional.of(value);
    return this;
  }
}
