package io.vecraft.e2e.history;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * One operation as its client saw it.
 *
 * @param id unique in the history
 * @param session whose operations follow one another and carry tokens; empty: none
 * @param invoked when it began, on one clock for all clients
 * @param returned when its answer came; {@link #NEVER} without one
 * @param action what it did and what it was told
 */
public record Op(int id, String session, long invoked, long returned, Action action) {
  /** No answer came. */
  public static final long NEVER = Long.MAX_VALUE;

  /** The value of a record that does not exist. */
  public static final int ABSENT = 0;

  public Op {
    if (invoked > returned) {
      throw new IllegalArgumentException("operation " + id + " returned before it was invoked");
    }
  }

  /** What an operation did. */
  public sealed interface Action {}

  /**
   * Effects at one instant.
   *
   * @param atomic all items or none; else each item on its own
   * @param result what the client was told
   * @param stamp of the write, if the client was told
   */
  public record Write(List<Item> items, boolean atomic, Result result, OptionalLong stamp)
      implements Action {
    public Write {
      items = List.copyOf(items);
      if (result instanceof Result.Known known && known.applied().size() != items.size()) {
        throw new IllegalArgumentException("results do not fit the items");
      }
    }
  }

  /**
   * A read of several records as of one instant.
   *
   * @param observed value by key; {@link #ABSENT} for a record that does not exist
   * @param level what was promised
   * @param asOf the instant, as the answer named it
   */
  public record Read(Map<String, Integer> observed, Level level, OptionalLong asOf)
      implements Action {
    public Read {
      observed = Map.copyOf(observed);
    }
  }

  /**
   * The effect on one record.
   *
   * @param value that the record has afterwards, unique in the history; {@link #ABSENT} deletes it
   */
  public record Item(String key, int value, Condition condition) {}

  /** What must hold of the record just before. */
  public sealed interface Condition {
    /** Nothing. */
    record None() implements Condition {}

    /** It does not exist. */
    record Absent() implements Condition {}

    /** It exists. */
    record Present() implements Condition {}

    /** It has this value, not {@link #ABSENT}. */
    record Is(int value) implements Condition {}

    /** Whether it holds of {@code current}. */
    default boolean holds(int current) {
      return switch (this) {
        case None c -> true;
        case Absent c -> current == ABSENT;
        case Present c -> current != ABSENT;
        case Is c -> current == c.value();
      };
    }
  }

  /** What a writer was told. */
  public sealed interface Result {
    /** Item by item, whether it had its effect. */
    record Known(List<Boolean> applied) implements Result {
      public Known {
        applied = List.copyOf(applied);
      }
    }

    /** Nothing: it may take effect at any time after it was invoked, or never. */
    record Unknown() implements Result {}
  }

  /** What a read was promised. */
  public sealed interface Level {
    record Strong() implements Level {}

    /** Sees every write that was acknowledged more than {@code bound} before. */
    record Bounded(long bound) implements Level {}

    record ReadYourWrites() implements Level {}

    record Eventual() implements Level {}

    /** As of a stamp that the client named. */
    record AsOf(long stamp) implements Level {}
  }

  /** Keys that the operation touches. */
  TreeSet<String> keys() {
    var keys = new TreeSet<String>();
    switch (action) {
      case Write w -> w.items().forEach(i -> keys.add(i.key()));
      case Read r -> keys.addAll(r.observed().keySet());
    }
    return keys;
  }

  /** The stamp that places it in the order, if known. */
  Optional<Long> place() {
    OptionalLong stamp =
        switch (action) {
          case Write w -> w.stamp();
          case Read r -> r.asOf();
        };
    return stamp.isPresent() ? Optional.of(stamp.getAsLong()) : Optional.empty();
  }
}
