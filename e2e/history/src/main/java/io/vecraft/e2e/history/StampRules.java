package io.vecraft.e2e.history;

import io.vecraft.e2e.history.Op.Level;
import io.vecraft.e2e.history.Op.Read;
import io.vecraft.e2e.history.Op.Result;
import io.vecraft.e2e.history.Op.Write;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Checks a history against the stamps in its answers. Every write that took effect must be in it
 * with its stamp and result, also when its client never got the answer ({@link Op#NEVER}).
 *
 * <ol>
 *   <li>Stamps of writes are unique; replayed in their order, every write has the result that was
 *       answered.
 *   <li>Every read, of any level, saw exactly the state at its instant; so two reads as of one
 *       stamp agree.
 *   <li>Writes and strong reads are in the order of real time.
 *   <li>A bounded read is at or above every write acknowledged more than the bound before.
 *   <li>A session's read-your-writes reads are at or above its own writes and earlier reads, and
 *       its writes above its reads.
 * </ol>
 */
public final class StampRules {
  private final List<Op> ops;
  private final TreeMap<Long, Op> writes = new TreeMap<>();
  private final Map<String, TreeMap<Long, Integer>> versions = new HashMap<>();

  private StampRules(List<Op> history) {
    ops = history;
  }

  /** Checks all rules; the first that is broken is named. */
  public static Verdict check(List<Op> history) {
    return new StampRules(history)
        .broken()
        .<Verdict>map(Verdict.Wrong::new)
        .orElseGet(Verdict.Fine::new);
  }

  private Optional<String> broken() {
    return replay()
        .or(this::readsSawTheirInstant)
        .or(() -> realTime(0, true, r -> r.level() instanceof Level.Strong))
        .or(this::bounded)
        .or(this::sessions);
  }

  private Optional<String> replay() {
    for (Op op : ops) {
      if (op.action() instanceof Write w && w.stamp().isPresent()) {
        Op other = writes.put(w.stamp().getAsLong(), op);
        if (other != null) {
          return Optional.of("two writes with one stamp: " + other + " and " + op);
        }
      }
    }
    for (var entry : writes.entrySet()) {
      var w = (Write) entry.getValue().action();
      var before = w.items().stream().map(i -> newest(i.key())).toList();
      boolean all = true;
      for (int i = 0; i < before.size(); i++) {
        all &= w.items().get(i).condition().holds(before.get(i));
      }
      for (int i = 0; i < before.size(); i++) {
        boolean applies = w.atomic() ? all : w.items().get(i).condition().holds(before.get(i));
        if (w.result() instanceof Result.Known k && k.applied().get(i) != applies) {
          return Optional.of(
              "item %d should %shave been applied at its place: %s"
                  .formatted(i, applies ? "" : "not ", entry.getValue()));
        }
        if (applies) {
          versions
              .computeIfAbsent(w.items().get(i).key(), k -> new TreeMap<>())
              .put(entry.getKey(), w.items().get(i).value());
        }
      }
    }
    return Optional.empty();
  }

  private int newest(String key) {
    var all = versions.get(key);
    return all == null || all.isEmpty() ? Op.ABSENT : all.lastEntry().getValue();
  }

  /** The value of a record at a stamp. */
  private int valueAt(String key, long stamp) {
    var all = versions.get(key);
    var entry = all == null ? null : all.floorEntry(stamp);
    return entry == null ? Op.ABSENT : entry.getValue();
  }

  private Optional<String> readsSawTheirInstant() {
    for (Op op : ops) {
      if (op.action() instanceof Read r && op.returned() != Op.NEVER && r.asOf().isPresent()) {
        long at = r.asOf().getAsLong();
        if (r.level() instanceof Level.AsOf named && named.stamp() != at) {
          return Optional.of("asked as of " + named.stamp() + ", answered otherwise: " + op);
        }
        for (var seen : r.observed().entrySet()) {
          int should = valueAt(seen.getKey(), at);
          if (should != seen.getValue()) {
            return Optional.of(
                "%s was %d at %d, not %d: %s"
                    .formatted(seen.getKey(), should, at, seen.getValue(), op));
          }
        }
      }
    }
    return Optional.empty();
  }

  /**
   * What returned more than {@code bound} before something began has a lower place: writes, and in
   * {@code total} order the reads concerned, before those reads and, in total order, writes.
   */
  private Optional<String> realTime(long bound, boolean total, Predicate<Read> concerned) {
    var begun = new ArrayList<Op>();
    var ended = new PriorityQueue<Op>(Comparator.comparingLong(Op::returned));
    for (Op op : ops) {
      boolean read = op.action() instanceof Read r && concerned.test(r);
      boolean write = op.action() instanceof Write;
      if (op.place().isPresent() && (read || write)) {
        begun.add(op);
        if (op.returned() != Op.NEVER && (write || total)) {
          ended.add(op);
        }
      }
    }
    begun.sort(Comparator.comparingLong(Op::invoked));
    Optional<Op> highest = Optional.empty();
    for (Op op : begun) {
      if (!total && op.action() instanceof Write) {
        continue;
      }
      while (!ended.isEmpty() && ended.peek().returned() < op.invoked() - bound) {
        highest = Optional.of(higher(highest, ended.remove()));
      }
      if (highest.isPresent() && !above(op, highest.get())) {
        return Optional.of("not in the order of real time: " + highest.get() + ", then " + op);
      }
    }
    return Optional.empty();
  }

  private static Op higher(Optional<Op> a, Op b) {
    return a.isPresent() && a.get().place().orElseThrow() >= b.place().orElseThrow() ? a.get() : b;
  }

  /** A write must be above what came before; a read may be at it. */
  private static boolean above(Op later, Op earlier) {
    long a = earlier.place().orElseThrow();
    long b = later.place().orElseThrow();
    return later.action() instanceof Write ? b > a : b >= a;
  }

  private Optional<String> bounded() {
    Collection<Long> bounds =
        ops.stream()
            .filter(op -> op.action() instanceof Read r && r.level() instanceof Level.Bounded)
            .map(op -> ((Level.Bounded) ((Read) op.action()).level()).bound())
            .distinct()
            .toList();
    for (long bound : bounds) {
      var broken =
          realTime(bound, false, r -> r.level() instanceof Level.Bounded b && b.bound() == bound);
      if (broken.isPresent()) {
        return broken;
      }
    }
    return Optional.empty();
  }

  private Optional<String> sessions() {
    Map<String, List<Op>> bySession = new TreeMap<>();
    ops.stream()
        .filter(op -> !op.session().isEmpty() && op.returned() != Op.NEVER)
        .filter(op -> op.place().isPresent())
        .sorted(Comparator.comparingLong(Op::invoked))
        .forEach(op -> bySession.computeIfAbsent(op.session(), s -> new ArrayList<>()).add(op));
    for (List<Op> session : bySession.values()) {
      Optional<Op> highest = Optional.empty();
      for (Op op : session) {
        boolean promised =
            op.action() instanceof Write
                || op.action() instanceof Read r && r.level() instanceof Level.ReadYourWrites;
        if (promised && highest.isPresent() && !above(op, highest.get())) {
          return Optional.of("a session went back: " + highest.get() + ", then " + op);
        }
        if (!(op.action() instanceof Read r && r.level() instanceof Level.AsOf)) {
          highest = Optional.of(higher(highest, op));
        }
      }
    }
    return Optional.empty();
  }
}
