package io.vecraft.e2e.sim;

import io.vecraft.e2e.history.Op;
import io.vecraft.e2e.history.Verdict;
import java.util.Comparator;
import java.util.List;

/**
 * What became of one run.
 *
 * @param serial whether writes, transactions and strong reads are strictly serializable, judged
 *     without stamps
 * @param stamps whether the stamps in the answers keep every promise, of sessions too
 */
record SimResult(
    Scenario scenario,
    Mistake mistake,
    Events events,
    List<Op> ops,
    Verdict serial,
    Verdict stamps) {

  /**
   * What happened in it.
   *
   * @param crashes of machines
   * @param retries of writes under the same request id
   * @param clockGroups that followed the first
   * @param moves of shards to another partition
   */
  record Events(long crashes, long retries, long clockGroups, long moves) {}

  /** A run in which somebody never got an answer although everything had healed. */
  static SimResult stuck(SimWorld world, String what) {
    var stuck = new Verdict.Undecided(what);
    return new SimResult(
        world.scenario(), world.mistake(), world.events(), List.of(), stuck, stuck);
  }

  /** Runs a seed. */
  static SimResult of(long seed, Scenario scenario, Mistake mistake) {
    try (var world = new SimWorld(seed, scenario, mistake)) {
      return world.run();
    }
  }

  boolean fine() {
    return serial.fine() && stamps.fine();
  }

  boolean wrong() {
    return serial instanceof Verdict.Wrong || stamps instanceof Verdict.Wrong;
  }

  /** Everything that is needed to look at it. */
  String describe() {
    var text = new StringBuilder();
    text.append(scenario).append(' ').append(mistake);
    text.append("\nserial: ").append(serial).append("\nstamps: ").append(stamps);
    ops.stream()
        .sorted(Comparator.comparingLong(Op::invoked))
        .forEach(op -> text.append("\n  ").append(op));
    return text.toString();
  }
}
