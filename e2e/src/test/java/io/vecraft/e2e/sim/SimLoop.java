package io.vecraft.e2e.sim;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** The time of a simulated world: events in one thread, in an order that the seed decides. */
final class SimLoop {
  private record Event(long at, long number, Runnable action) {}

  private final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
  private Optional<Throwable> failure = Optional.empty();
  private long now;
  private long numbers;
  private long moments;

  SimLoop(long seed) {
    // Neighbouring seeds of java.util.Random begin alike; these do not.
    random = new Random(seed * 0x9E37_79B9_7F4A_7C15L);
  }

  /** Ticks since the beginning. */
  long now() {
    return now;
  }

  /** A moment for a history: each is later than all before it. */
  long moment() {
    return ++moments;
  }

  Random random() {
    return random;
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /** A number from {@code low} to {@code high}. */
  long between(long low, long high) {
    return low + random.nextInt(Math.toIntExact(high - low + 1));
  }

  <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  void after(long ticks, Runnable action) {
    events.add(new Event(now + ticks, numbers++, action));
  }

  /** Ends the run with what must never happen. */
  void fail(Throwable cause) {
    if (failure.isEmpty()) {
      failure = Optional.of(cause);
    }
  }

  /** Runs events until {@code done}; false when {@code ticks} have passed before. */
  boolean run(BooleanSupplier done, long ticks) {
    long end = now + ticks;
    while (!done.getAsBoolean()) {
      if (events.isEmpty() || events.peek().at() > end) {
        now = end;
        return false;
      }
      Event event = events.remove();
      now = event.at();
      event.action().run();
      if (failure.isPresent()) {
        throw new IllegalStateException("the simulated program failed", failure.get());
      }
    }
    return true;
  }
}
