package io.vecraft.e2e.history;

import io.vecraft.e2e.history.Op.Condition;
import io.vecraft.e2e.history.Op.Item;
import io.vecraft.e2e.history.Op.Level;
import io.vecraft.e2e.history.Op.Read;
import io.vecraft.e2e.history.Op.Result;
import io.vecraft.e2e.history.Op.Write;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Writes histories down in few words. */
final class Histories {
  private final List<Op> ops = new ArrayList<>();

  static Item put(String key, int value) {
    return new Item(key, value, new Condition.None());
  }

  static Item put(String key, int value, Condition condition) {
    return new Item(key, value, condition);
  }

  static Item delete(String key) {
    return new Item(key, Op.ABSENT, new Condition.None());
  }

  /** An acknowledged write with its effect. */
  Histories write(long invoked, long returned, long stamp, Item... items) {
    return add("", invoked, returned, written(true, stamp, items));
  }

  /** A write that was answered with a conflict. */
  Histories conflict(long invoked, long returned, long stamp, Item... items) {
    return add("", invoked, returned, written(false, stamp, items));
  }

  /** A write of which nobody was told. */
  Histories unknown(long invoked, Item... items) {
    return add(
        "",
        invoked,
        Op.NEVER,
        new Write(List.of(items), true, new Result.Unknown(), OptionalLong.empty()));
  }

  Histories strong(long invoked, long returned, long asOf, Map<String, Integer> observed) {
    return add(
        "", invoked, returned, new Read(observed, new Level.Strong(), OptionalLong.of(asOf)));
  }

  Histories read(
      String session,
      long invoked,
      long returned,
      Level level,
      long asOf,
      Map<String, Integer> observed) {
    return add(session, invoked, returned, new Read(observed, level, OptionalLong.of(asOf)));
  }

  Histories sessionWrite(String session, long invoked, long returned, long stamp, Item... items) {
    return add(session, invoked, returned, written(true, stamp, items));
  }

  private static Write written(boolean applied, long stamp, Item... items) {
    return new Write(
        List.of(items),
        true,
        new Result.Known(Collections.nCopies(items.length, applied)),
        OptionalLong.of(stamp));
  }

  private Histories add(String session, long invoked, long returned, Op.Action action) {
    ops.add(new Op(ops.size() + 1, session, invoked, returned, action));
    return this;
  }

  List<Op> ops() {
    return List.copyOf(ops);
  }
}
