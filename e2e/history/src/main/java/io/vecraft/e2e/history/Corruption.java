package io.vecraft.e2e.history;

import io.vecraft.e2e.history.Op.Level;
import io.vecraft.e2e.history.Op.Read;
import io.vecraft.e2e.history.Op.Result;
import io.vecraft.e2e.history.Op.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;

/** Makes a right history wrong, where it has a place for that. */
public enum Corruption {
  /** A write that a strong read has seen never was. */
  WRITE_LOST(true) {
    @Override
    Optional<List<Op>> of(List<Op> history) {
      return pair(
              history,
              (w, r) -> strong(r) && applied(w).values().stream().anyMatch(v -> observes(r, v)))
          .map(p -> without(history, p.first()));
    }
  },
  /** Two strong reads, one after the other with a write between them, have each other's answers. */
  ANSWERS_SWAPPED(true) {
    @Override
    Optional<List<Op>> of(List<Op> history) {
      return pair(history, (r, s) -> overwritten(history, r, s))
          .map(p ->
              with(
                  with(history, p.first(), observed(p.first(), read(p.second()))),
                  p.second(),
                  observed(p.second(), read(p.first()))));
    }
  },
  /** A strong read answers what an earlier one did, though a write came between them. */
  STRONG_READ_STALE(true) {
    @Override
    Optional<List<Op>> of(List<Op> history) {
      return pair(history, (r, s) -> overwritten(history, r, s))
          .map(p -> with(history, p.second(), earlier(p.second(), read(p.first()))));
    }
  },
  /** A reader sees one record of a transaction as it left it, and another as it was before. */
  TRANSACTION_HALF_SEEN(true) {
    @Override
    Optional<List<Op>> of(List<Op> history) {
      for (Op w : history) {
        Map<String, Integer> effects = applied(w);
        boolean whole = effects.size() >= 2 && ((Write) w.action()).atomic();
        for (Op r : whole ? history : List.<Op>of()) {
          // What a reader did not find may have been gone before the transaction as well.
          List<String> both =
              effects.entrySet().stream()
                  .filter(e -> e.getValue() != Op.ABSENT)
                  .filter(e -> strong(r) && e.getValue().equals(read(r).observed().get(e.getKey())))
                  .map(Map.Entry::getKey)
                  .toList();
          for (String key : both.size() < 2 ? List.<String>of() : both) {
            // One that had returned: a concurrent one may come after the transaction as well.
            Optional<Integer> old =
                before(history, key, w)
                    .filter(v -> v.returned() < w.invoked())
                    .map(v -> applied(v).get(key));
            if (old.isPresent() && old.get() != Op.ABSENT) {
              return Optional.of(with(history, r, changed(r, key, old.get())));
            }
          }
        }
      }
      return Optional.empty();
    }
  },
  /** A session does not see its own write. */
  SESSION_WENT_BACK(false) {
    @Override
    Optional<List<Op>> of(List<Op> history) {
      return older(
          history,
          (w, r) ->
              read(r).level() instanceof Level.ReadYourWrites
                  && w.session().equals(r.session())
                  && w.returned() < r.invoked());
    }
  },
  /** A bounded read lacks what was acknowledged longer ago than its bound. */
  BOUND_EXCEEDED(false) {
    @Override
    Optional<List<Op>> of(List<Op> history) {
      return older(
          history,
          (w, r) ->
              read(r).level() instanceof Level.Bounded(long bound)
                  && w.returned() < r.invoked() - bound);
    }
  },
  /** A read as of a stamp is answered otherwise the second time. */
  INSTANT_NOT_REPEATED(false) {
    @Override
    Optional<List<Op>> of(List<Op> history) {
      for (Op r : history) {
        if (r.action() instanceof Read read && read.level() instanceof Level.AsOf) {
          Map.Entry<String, Integer> seen = read.observed().entrySet().iterator().next();
          int other = seen.getValue() == Op.ABSENT ? 1 : Op.ABSENT;
          return Optional.of(with(history, r, changed(r, seen.getKey(), other)));
        }
      }
      return Optional.empty();
    }
  },
  /** A conflict is told as a success. */
  CONFLICT_DENIED(false) {
    @Override
    Optional<List<Op>> of(List<Op> history) {
      for (Op w : history) {
        if (w.action() instanceof Write write
            && write.result() instanceof Result.Known k
            && k.applied().contains(false)) {
          var all = k.applied().stream().map(applied -> true).toList();
          return Optional.of(
              with(
                  history,
                  w,
                  new Write(write.items(), write.atomic(), new Result.Known(all), write.stamp())));
        }
      }
      return Optional.empty();
    }
  },
  /** Two writes, one acknowledged before the other began, have each other's stamps. */
  STAMPS_SWAPPED(false) {
    @Override
    Optional<List<Op>> of(List<Op> history) {
      return pair(
              history,
              (v, w) ->
                  v.action() instanceof Write
                      && w.action() instanceof Write
                      && v.returned() < w.invoked())
          .map(p ->
              with(
                  with(history, p.first(), stamped(p.first(), p.second())),
                  p.second(),
                  stamped(p.second(), p.first())));
    }
  };

  private final boolean seenFromOutside;

  Corruption(boolean seenFromOutside) {
    this.seenFromOutside = seenFromOutside;
  }

  /** Whether it shows without stamps, in what clients saw of writes and strong reads. */
  boolean seenFromOutside() {
    return seenFromOutside;
  }

  /** The wrong history; empty when there is no place for the mistake. */
  abstract Optional<List<Op>> of(List<Op> history);

  private record Pair(Op first, Op second) {}

  private static Optional<Pair> pair(List<Op> history, BiPredicate<Op, Op> wanted) {
    for (Op second : history) {
      for (Op first : history) {
        if (wanted.test(first, second)) {
          return Optional.of(new Pair(first, second));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * A read with the answer of another one as of an instant below a write that it must include.
   *
   * @param mustSee of a write and a read
   */
  private static Optional<List<Op>> older(List<Op> history, BiPredicate<Op, Op> mustSee) {
    for (Op r : history) {
      if (r.action() instanceof Read) {
        for (Op w : history) {
          if (w.action() instanceof Write && mustSee.test(w, r)) {
            for (Op other : history) {
              if (other.action() instanceof Read o
                  && o.observed().keySet().equals(read(r).observed().keySet())
                  && other.place().orElseThrow() < w.place().orElseThrow()) {
                return Optional.of(with(history, r, earlier(r, o)));
              }
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Read read(Op op) {
    return (Read) op.action();
  }

  private static boolean strong(Op op) {
    return op.action() instanceof Read r && r.level() instanceof Level.Strong;
  }

  private static boolean observes(Op read, int value) {
    return value != Op.ABSENT && read(read).observed().containsValue(value);
  }

  /** What a write left behind, by key; empty when it is none, or had no effect. */
  private static Map<String, Integer> applied(Op op) {
    var effects = new HashMap<String, Integer>();
    if (op.action() instanceof Write w && w.result() instanceof Result.Known k) {
      for (int i = 0; i < w.items().size(); i++) {
        if (k.applied().get(i)) {
          effects.put(w.items().get(i).key(), w.items().get(i).value());
        }
      }
    }
    return effects;
  }

  /**
   * Whether two strong reads of the same records are one after the other, and a write that was
   * wholly between them has overwritten a record that the first saw, as the second saw it.
   */
  private static boolean overwritten(List<Op> history, Op first, Op second) {
    if (!strong(first)
        || !strong(second)
        || first.returned() >= second.invoked()
        || !read(first).observed().keySet().equals(read(second).observed().keySet())) {
      return false;
    }
    return history.stream()
        .filter(w -> w.invoked() > first.returned() && w.returned() < second.invoked())
        .flatMap(w -> applied(w).entrySet().stream())
        .anyMatch(e ->
            e.getValue() != Op.ABSENT
                && e.getValue().equals(read(second).observed().get(e.getKey()))
                && read(first).observed().getOrDefault(e.getKey(), Op.ABSENT) != Op.ABSENT);
  }

  /** The write that gave a record its value just before another one. */
  private static Optional<Op> before(List<Op> history, String key, Op write) {
    return history.stream()
        .filter(op -> applied(op).containsKey(key))
        .filter(op -> op.place().orElseThrow() < write.place().orElseThrow())
        .max(Comparator.comparing(op -> op.place().orElseThrow()));
  }

  private static List<Op> without(List<Op> history, Op op) {
    var rest = new ArrayList<>(history);
    rest.remove(op);
    return rest;
  }

  private static List<Op> with(List<Op> history, Op op, Op.Action action) {
    var changed = new ArrayList<>(history);
    changed.replaceAll(o ->
        o.id() == op.id() ? new Op(o.id(), o.session(), o.invoked(), o.returned(), action) : o);
    return changed;
  }

  private static Read observed(Op op, Read answer) {
    return new Read(answer.observed(), read(op).level(), read(op).asOf());
  }

  private static Read earlier(Op op, Read answer) {
    return new Read(answer.observed(), read(op).level(), answer.asOf());
  }

  private static Read changed(Op op, String key, int value) {
    var observed = new HashMap<>(read(op).observed());
    observed.put(key, value);
    return new Read(observed, read(op).level(), read(op).asOf());
  }

  private static Write stamped(Op op, Op by) {
    Write w = (Write) op.action();
    return new Write(w.items(), w.atomic(), w.result(), ((Write) by.action()).stamp());
  }
}
