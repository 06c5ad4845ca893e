package io.vecraft.e2e.history;

/** What a checker says of a history. */
public sealed interface Verdict {
  /** The promises allow it. */
  record Fine() implements Verdict {}

  /** They do not. */
  record Wrong(String why) implements Verdict {}

  /** The search was given up: too many orders are possible. */
  record Undecided(String why) implements Verdict {}

  default boolean fine() {
    return this instanceof Fine;
  }
}
