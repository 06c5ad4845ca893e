package io.vecraft.journal.log.model;

import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.partition.PartitionSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A replicated log in memory for simulation: the rules of Raft with every message a step that a
 * scheduler picks. Several replicas may believe to lead, batches commit late or never, a crash
 * loses all but the consensus log. No threads, no clock; the same seed gives the same run.
 *
 * <p>It checks itself: no two replicas commit or decide differently at one place ({@link
 * IllegalStateException}).
 *
 * <p>Not safe for concurrent use.
 */
public final class ModelLog {
  private final PartitionSettings settings;
  private final List<ModelReplica> replicas = new ArrayList<>();
  private final Random random;
  private final List<Entry> committed = new ArrayList<>();
  private final List<List<Decision>> decided = new ArrayList<>();

  /**
   * A log without a leader.
   *
   * @param replicas names of the members, at least one
   * @param random picks the steps
   */
  public ModelLog(PartitionSettings settings, List<String> replicas, Random random) {
    if (replicas.isEmpty()) {
      throw new IllegalArgumentException("a log needs a replica");
    }
    this.settings = settings;
    this.random = random;
    replicas.forEach(name -> this.replicas.add(new ModelReplica(this, name)));
  }

  /** The replicas, in the order of their names. */
  public List<ModelReplica> replicas() {
    return List.copyOf(replicas);
  }

  /** Takes one step that is possible now, picked at random; false if there is none. */
  public boolean step() {
    List<Runnable> steps = steps();
    if (steps.isEmpty()) {
      return false;
    }
    steps.get(random.nextInt(steps.size())).run();
    return true;
  }

  /** Everything that can happen now, but for elections and faults: those are the caller's. */
  public List<Runnable> steps() {
    var steps = new ArrayList<Runnable>();
    for (ModelReplica from : replicas) {
      if (from.canApply()) {
        steps.add(from::applyOne);
      }
      if (!from.leads()) {
        continue;
      }
      if (from.canCommit()) {
        steps.add(from::commit);
      }
      for (ModelReplica to : replicas) {
        if (to == from || !to.alive() || from.cutOff() || to.cutOff()) {
          continue;
        }
        if (from.hasNewsFor(to)) {
          steps.add(() -> from.sendTo(to, 1 + random.nextInt(3)));
        }
        if (from.hasAnswerFrom(to)) {
          steps.add(() -> from.hearFrom(to));
        }
      }
    }
    return steps;
  }

  /**
   * Lets a replica stand for election among those that are alive.
   *
   * @return whether a majority voted for it; if not, terms may have moved all the same
   */
  public boolean elect(ModelReplica candidate) {
    if (!candidate.alive()) {
      return false;
    }
    long term = 1 + replicas.stream().mapToLong(ModelReplica::term).max().orElseThrow();
    long votes =
        replicas.stream()
            .filter(ModelReplica::alive)
            .filter(voter -> voter == candidate || !(voter.cutOff() || candidate.cutOff()))
            .filter(voter -> voter.votesFor(candidate, term))
            .count();
    if (votes < majority()) {
      return false;
    }
    candidate.lead();
    return true;
  }

  /** Steps until nothing is left to do, after an election if nobody leads who can commit. */
  public void settle() {
    boolean led = replicas.stream().anyMatch(r -> r.leads() && r.term() == newestTerm());
    for (int i = 0; !led && i < replicas.size(); i++) {
      led = elect(replicas.get(i));
    }
    while (step()) {
      // Each step is one message or one entry; with no new input they run out.
    }
  }

  private long newestTerm() {
    return replicas.stream().mapToLong(ModelReplica::term).max().orElseThrow();
  }

  PartitionSettings settings() {
    return settings;
  }

  int majority() {
    return replicas.size() / 2 + 1;
  }

  /** Notes that a replica takes an entry as committed. */
  void checkCommitted(int index, Entry entry) {
    check(committed, index, entry, "committed");
  }

  /** Notes what a replica decided for an entry. */
  void checkDecided(int index, List<Decision> decisions) {
    check(decided, index, decisions, "decided");
  }

  private static <T> void check(List<T> agreed, int index, T value, String what) {
    if (index < agreed.size()) {
      if (!agreed.get(index).equals(value)) {
        throw new IllegalStateException(
            "replicas %s differently at entry %d: %s and %s"
                .formatted(what, index, agreed.get(index), value));
      }
    } else if (index == agreed.size()) {
      agreed.add(value);
    } else {
      throw new IllegalStateException(what + " out of order at entry " + index);
    }
  }
}
