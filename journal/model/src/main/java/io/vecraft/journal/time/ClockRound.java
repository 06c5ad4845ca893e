package io.vecraft.journal.time;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** One question to all members of one epoch, decided by the first majority that answers in it. */
final class ClockRound {
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private final ClockGroup group;
  private final List<ClockAnswer> answers = new ArrayList<>(); // guarded by itself
  private int missing; // guarded by answers

  private ClockRound(ClockGroup group) {
    this.group = group;
  }

  /** What a round came to. */
  sealed interface Outcome {
    /** A majority answered in the epoch. */
    record Majority(List<ClockAnswer> answers) implements Outcome {}

    /** A majority cannot answer any more: members refused or were not reached. */
    record None(int answered) implements Outcome {}
  }

  /** Sends the question; the future never fails. */
  static CompletableFuture<Outcome> run(
      ClockGroup group, Function<ClockMember, CompletableFuture<ClockAnswer>> question) {
    var round = new ClockRound(group);
    for (ClockMember member : group.members()) {
      var unused = question.apply(member).whenComplete(round::received);
    }
    return round.outcome;
  }

  private void received(ClockAnswer answer, Throwable failure) {
    Outcome decided;
    synchronized (answers) {
      if (failure == null && !answer.refused() && answer.epoch() == group.epoch()) {
        answers.add(answer);
      } else {
        missing++;
      }
      if (answers.size() == group.majority()) {
        decided = new Outcome.Majority(List.copyOf(answers));
      } else if (missing > group.members().size() - group.majority()) {
        decided = new Outcome.None(answers.size());
      } else {
        return;
      }
    }
    outcome.complete(decided);
  }

  /** The value that all of a majority show; empty: they differ, or nothing was stamped yet. */
  static OptionalLong agreedBy(List<ClockAnswer> answers) {
    long value = answers.getFirst().value();
    boolean agree = value > 0 && answers.stream().allMatch(answer -> answer.value() == value);
    return agree ? OptionalLong.of(value) : OptionalLong.empty();
  }

  /**
   * The smallest stamp (slot 0) above all values and not below the lower median of machine times.
   */
  static long stampOf(List<ClockAnswer> answers) {
    long value = answers.stream().mapToLong(ClockAnswer::value).max().orElseThrow();
    long[] machines = answers.stream().mapToLong(ClockAnswer::machineMillis).sorted().toArray();
    long median = Math.clamp(machines[(machines.length - 1) / 2], 0, Stamp.MAX_MILLIS);
    return Math.max(Stamp.above(value, 0), Stamp.of(median, 0, 0));
  }
}
