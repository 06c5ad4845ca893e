package io.vecraft.journal.log.model;

import io.vecraft.journal.log.Proposal;

/** One entry of the modelled consensus log. */
sealed interface Entry {

  /** The term of the leader that made it. */
  long term();

  /** A batch of appends. */
  record Batch(long term, Proposal proposal) implements Entry {}

  /** A barrier, closing up to a stamp. */
  record Close(long term, long stamp) implements Entry {}

  /** What a new leader begins its term with, so that it may commit what is before it. */
  record Begin(long term) implements Entry {}
}
