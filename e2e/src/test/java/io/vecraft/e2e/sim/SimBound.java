package io.vecraft.e2e.sim;

import io.vecraft.journal.time.ClockBound;

/** The disk of a clock member, which outlives its machine's crashes. */
final class SimBound implements ClockBound {
  private Saved saved = Saved.NEW;

  @Override
  public Saved load() {
    return saved;
  }

  @Override
  public void persist(Saved next) {
    saved = next;
  }

  /** {@link Mistake#RESTART_BELOW_BOUND}: the membership is remembered, the bound is not. */
  void forgetBound() {
    saved = new Saved(0, saved.epoch(), saved.sealed());
  }
}
