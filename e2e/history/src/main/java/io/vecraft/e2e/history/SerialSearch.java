package io.vecraft.e2e.history;

import io.vecraft.e2e.history.Op.Level;
import io.vecraft.e2e.history.Op.Read;
import io.vecraft.e2e.history.Op.Result;
import io.vecraft.e2e.history.Op.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Whether writes, transactions and strong reads are strictly serializable, by the search of Wing
 * and Gong with Lowe's memoisation.
 *
 * <p>The search walks the calls and returns in the order of time. A call whose operation fits the
 * current state may be put next in the order; on the return of an operation that has not been put
 * it goes back to the last choice. A pair of (operations put, state) is tried once.
 *
 * <ul>
 *   <li>Keys that no operation connects are searched apart: each operation lies in one connected
 *       component, and the criterion is local in them.
 *   <li>An operation without effect (a read, a failed condition) that fits is put at once and for
 *       good: moving it to the earliest place where it fits breaks no order that exists.
 *   <li>A write of unknown outcome has no return, and the search ends without it if need be. One
 *       whose values nobody saw, on keys without conditions and deletions, changes nothing and is
 *       left out.
 * </ul>
 */
public final class SerialSearch {
  /** Memory for the memo of one component. */
  private static final int STATES_MAX = 2_000_000;

  private final Op[] ops;
  private final Map<String, Integer> keyIndex = new HashMap<>();
  private final int[][] opKeys;
  private final Node head = new Node(-1, true);
  private int required;

  private SerialSearch(List<Op> component) {
    ops = component.toArray(Op[]::new);
    opKeys = new int[ops.length][];
    for (int i = 0; i < ops.length; i++) {
      opKeys[i] = keysOf(ops[i].action());
    }
    link();
  }

  /** Searches for an order of all operations but reads weaker than strong, which are left out. */
  public static Verdict check(List<Op> history) {
    var relevant = new ArrayList<Op>();
    for (Op op : history) {
      if (op.action() instanceof Write
          || op.action() instanceof Read r
              && r.level() instanceof Level.Strong
              && op.returned() != Op.NEVER) {
        relevant.add(op);
      }
    }
    for (List<Op> component : components(withoutUnseen(relevant))) {
      Verdict verdict = new SerialSearch(component).search();
      if (!verdict.fine()) {
        return verdict;
      }
    }
    return new Verdict.Fine();
  }

  /** Leaves out unknown writes that cannot have been seen. */
  private static List<Op> withoutUnseen(List<Op> history) {
    Set<Integer> seen = new HashSet<>();
    Set<String> delicate = new HashSet<>();
    for (Op op : history) {
      switch (op.action()) {
        case Read r -> seen.addAll(r.observed().values());
        case Write w ->
            w.items().stream()
                .filter(
                    i -> i.value() == Op.ABSENT || !(i.condition() instanceof Op.Condition.None))
                .forEach(i -> delicate.add(i.key()));
      }
    }
    return history.stream()
        .filter(op ->
            !(op.action() instanceof Write w
                && w.result() instanceof Result.Unknown
                && w.items().stream()
                    .allMatch(i -> !seen.contains(i.value()) && !delicate.contains(i.key()))))
        .toList();
  }

  private static List<List<Op>> components(List<Op> history) {
    Map<String, String> parent = new HashMap<>();
    for (Op op : history) {
      String first = root(parent, op.keys().first());
      op.keys().forEach(k -> parent.put(root(parent, k), first));
    }
    Map<String, List<Op>> byRoot = new TreeMap<>();
    for (Op op : history) {
      byRoot.computeIfAbsent(root(parent, op.keys().first()), r -> new ArrayList<>()).add(op);
    }
    return List.copyOf(byRoot.values());
  }

  private static String root(Map<String, String> parent, String key) {
    String k = key;
    while (true) {
      String up = parent.putIfAbsent(k, k);
      if (up == null || up.equals(k)) {
        return k;
      }
      k = up;
    }
  }

  private int[] keysOf(Op.Action action) {
    return switch (action) {
      case Write w -> w.items().stream().mapToInt(i -> indexOf(i.key())).toArray();
      case Read r -> r.observed().keySet().stream().mapToInt(this::indexOf).toArray();
    };
  }

  private int indexOf(String key) {
    return keyIndex.computeIfAbsent(key, k -> keyIndex.size());
  }

  /** A call or a return in the list that the search walks. */
  private static final class Node {
    final int op;
    final boolean call;
    Node match = this; // the return of a call, itself when there is none
    Node prev = this;
    Node next = this;

    Node(int op, boolean call) {
      this.op = op;
      this.call = call;
    }

    void unlink() {
      prev.next = next;
      next.prev = prev;
    }

    void relink() {
      prev.next = this;
      next.prev = this;
    }
  }

  private void link() {
    record Event(long time, boolean call, int op) {}
    var events = new ArrayList<Event>();
    for (int i = 0; i < ops.length; i++) {
      events.add(new Event(ops[i].invoked(), true, i));
      if (isRequired(ops[i])) {
        events.add(new Event(ops[i].returned(), false, i));
        required++;
      }
    }
    // At one instant calls come first: the operations overlap.
    events.sort(
        Comparator.comparingLong(Event::time)
            .thenComparing(Event::call, Comparator.reverseOrder())
            .thenComparingInt(Event::op));
    var calls = new Node[ops.length];
    for (Event e : events) {
      var node = new Node(e.op(), e.call());
      node.prev = head.prev;
      node.next = head;
      node.relink();
      if (e.call()) {
        calls[e.op()] = node;
      } else {
        calls[e.op()].match = node;
      }
    }
  }

  private static boolean isRequired(Op op) {
    return !(op.action() instanceof Write w && w.result() instanceof Result.Unknown);
  }

  private record Seen(long[] put, int[] state) {
    @Override
    public boolean equals(Object o) {
      return o instanceof Seen s && Arrays.equals(put, s.put) && Arrays.equals(state, s.state);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(put) + Arrays.hashCode(state);
    }
  }

  private record Choice(Node call, int[] before, boolean forGood) {}

  private Verdict search() {
    var put = new long[(ops.length + 63) / 64];
    var state = new int[keyIndex.size()];
    var memo = new HashSet<Seen>();
    var choices = new ArrayList<Choice>();
    int missing = required;
    int best = required;
    int stuckAt = -1;
    Node node = head.next;
    while (missing > 0) {
      int[] after = node.call && node != head ? apply(node.op, state) : NO_FIT;
      if (after != NO_FIT) {
        put[node.op / 64] |= 1L << node.op;
        boolean forGood = after == state;
        if (forGood || memo.add(new Seen(put.clone(), after))) {
          if (memo.size() > STATES_MAX) {
            return new Verdict.Undecided("more than " + STATES_MAX + " states of " + ops.length);
          }
          choices.add(new Choice(node, state, forGood));
          state = after;
          node.unlink();
          if (node.match != node) {
            node.match.unlink();
            missing--;
          }
          node = head.next;
          continue;
        }
        put[node.op / 64] &= ~(1L << node.op);
      }
      if (node.call && node != head) {
        node = node.next;
        continue;
      }
      if (missing < best || stuckAt < 0) {
        best = missing;
        stuckAt = node.op;
      }
      // The return of an operation that fits nowhere: back to the last real choice.
      Choice choice;
      do {
        if (choices.isEmpty()) {
          return new Verdict.Wrong(describe(stuckAt));
        }
        choice = choices.removeLast();
        if (choice.call().match != choice.call()) {
          choice.call().match.relink();
          missing++;
        }
        choice.call().relink();
        put[choice.call().op / 64] &= ~(1L << choice.call().op);
        state = choice.before();
      } while (choice.forGood());
      node = choice.call().next;
    }
    return new Verdict.Fine();
  }

  private static final int[] NO_FIT = new int[0];

  /** The state after an operation: the same object without effect, {@link #NO_FIT} if it cannot. */
  private int[] apply(int index, int[] state) {
    int[] keys = opKeys[index];
    return switch (ops[index].action()) {
      case Read r -> {
        int i = 0;
        for (int value : r.observed().values()) {
          if (state[keys[i++]] != value) {
            yield NO_FIT;
          }
        }
        yield state;
      }
      case Write w -> w.atomic() ? applyAll(w, keys, state) : applyEach(w, keys, state);
    };
  }

  private static int[] applyAll(Write w, int[] keys, int[] state) {
    boolean holds = true;
    for (int i = 0; i < keys.length; i++) {
      holds &= w.items().get(i).condition().holds(state[keys[i]]);
    }
    if (w.result() instanceof Result.Known known && known.applied().getFirst() != holds) {
      return NO_FIT;
    }
    if (!holds) {
      return withoutEffect(w, state);
    }
    int[] after = state.clone();
    for (int i = 0; i < keys.length; i++) {
      after[keys[i]] = w.items().get(i).value();
    }
    return after;
  }

  private static int[] applyEach(Write w, int[] keys, int[] state) {
    int[] after = state;
    for (int i = 0; i < keys.length; i++) {
      boolean holds = w.items().get(i).condition().holds(after[keys[i]]);
      if (w.result() instanceof Result.Known known && known.applied().get(i) != holds) {
        return NO_FIT;
      }
      if (holds) {
        after = after == state ? state.clone() : after;
        after[keys[i]] = w.items().get(i).value();
      }
    }
    return after == state ? withoutEffect(w, state) : after;
  }

  /** An unknown write without effect here may have one later, and need not be put at all. */
  private static int[] withoutEffect(Write w, int[] state) {
    return w.result() instanceof Result.Unknown ? NO_FIT : state;
  }

  private String describe(int stuckAt) {
    var text = new StringBuilder("no order explains these operations");
    if (stuckAt >= 0) {
      text.append("; the furthest search stuck at the return of ").append(ops[stuckAt].id());
    }
    Arrays.stream(ops)
        .sorted(Comparator.comparingLong(Op::invoked))
        .limit(200)
        .forEach(op -> text.append("\n  ").append(op));
    return text.toString();
  }
}
