package io.vecraft.e2e.sim;

import io.vecraft.e2e.history.Verdict;

/**
 * A rule of order that an implementation gets wrong, put in the place of the product's own. Each
 * must make the checkers fail, in the scenario that provokes it.
 */
enum Mistake {
  /** The product's rules. */
  NONE(Scenario.MIXED),
  /** Stamps come from the leader's own hybrid logical clock; readers raise S and repeat. */
  PLAIN_HLC(Scenario.CLOCKS),
  /** A write is acknowledged before its stamp is stored at a majority. */
  STAMP_NOT_STORED(Scenario.CLOCKS),
  /** One clock is asked instead of a majority. */
  ONE_CLOCK_ASKED(Scenario.CLOCKS),
  /** A strong read uses its S, and closes partitions at it, before a majority has stored it. */
  READ_NOT_STORED(Scenario.READERS),
  /** A strong read takes the largest value that it is shown, which a majority may not have. */
  READ_NOT_AGREED(Scenario.READERS),
  /** A retry is answered from the memory of requests, its stamp not stored at a majority. */
  RETRY_NOT_STORED(Scenario.RETRIES),
  /** Proposed while the clock is being asked; acknowledged only if the stamp was ahead. */
  OVERLAP(Scenario.CLOCKS),
  /** Proposed while the clock is being asked, then stored and acknowledged all the same. */
  OVERLAP_STORED(Scenario.CLOCKS),
  /** A caller joins a clock round that has been sent. */
  ROUND_JOINED_LATE(Scenario.SHARING),
  /** A member is replaced by an empty one; everybody knows the new epoch at once. */
  MEMBER_WIPED(Scenario.MEMBERS),
  /** A newcomer copies a majority, the old group is not sealed, the others learn of it late. */
  EPOCH_LEARNT_LATE(Scenario.MEMBERS),
  /** A member that crashed goes on below what it had answered. */
  RESTART_BELOW_BOUND(Scenario.CRASHES),
  /** A shard goes to another partition while the one before still takes writes of it. */
  MOVE_NOT_SEALED(Scenario.MOVES),
  /** A shard's new partition is not told of the requests that the one before remembers. */
  MOVE_FORGETS_REQUESTS(Scenario.MOVES),
  /** A client builds on a record that it saw before its acknowledgement, without a token. */
  NO_TOKEN(Scenario.SESSIONS);

  private final Scenario scenario;

  Mistake(Scenario scenario) {
    this.scenario = scenario;
  }

  /** Whether the checker that it is about has found it. */
  boolean foundIn(SimResult result) {
    return switch (this) {
      // Breaks the order of a session, which only the stamps tell of.
      case NO_TOKEN -> result.stamps() instanceof Verdict.Wrong;
      default -> result.serial() instanceof Verdict.Wrong;
    };
  }

  /** Whether a request comes into the logs twice, or an acknowledged one to no replica. */
  boolean breaksLogs() {
    return this == MOVE_NOT_SEALED || this == MOVE_FORGETS_REQUESTS;
  }

  /** Where it shows soonest. */
  Scenario scenario() {
    return scenario;
  }
}
