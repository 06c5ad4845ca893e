package io.vecraft.e2e.history;

import io.vecraft.e2e.history.HistoryClient.Look;
import io.vecraft.e2e.history.HistoryClient.Part;
import io.vecraft.e2e.history.HistoryClient.Seen;
import io.vecraft.e2e.history.HistoryClient.Told;
import io.vecraft.e2e.history.Op.Level;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** Collects what clients did and were told. Safe for concurrent use. */
final class Recorder {
  /** Until a write that was left open must be known once nothing is broken. */
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private static final Duration PAUSE = Duration.ofMillis(100);

  private final ConcurrentLinkedQueue<Written> writes = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Read> reads = new ConcurrentLinkedQueue<>();
  private final long start = System.nanoTime();

  /**
   * A write and what was told of it at once.
   *
   * @param returned {@link Op#NEVER} when its outcome was left open
   */
  record Written(
      String session,
      String requestId,
      List<Change> changes,
      boolean atomic,
      long invoked,
      long returned,
      Told told) {}

  private record Read(String session, long invoked, long returned, Look look, Seen seen) {}

  /** Nanoseconds since the recording began: the one clock of the history. */
  long now() {
    return System.nanoTime() - start;
  }

  void wrote(Written written) {
    writes.add(written);
  }

  void read(String session, long invoked, long returned, Look look, Seen seen) {
    reads.add(new Read(session, invoked, returned, look, seen));
  }

  /**
   * The history. What was left open is asked again under its request id, and the stamps that
   * answers did not tell are read from the journal, so that every write has its place.
   */
  List<Op> history(RestHistoryClient rest) throws IOException {
    List<Op> ops = new ArrayList<>();
    for (Written write : writes) {
      Told told = write.told();
      long until = System.nanoTime() + PATIENCE.toNanos();
      while (told instanceof Told.Unknown(String code)) {
        if (System.nanoTime() - until > 0) {
          throw new AssertionError(write.requestId() + " stays open: " + code);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
        told = rest.write(write.requestId(), "", write.changes(), write.atomic());
      }
      List<Part> parts =
          switch (told) {
            case Told.Done(List<Part> p, String token) -> p;
            case Told.NoEffect(String token) ->
                Collections.nCopies(
                    write.changes().size(), new Part(rest.stampOf(write.requestId()), false));
            case Told.Unknown(String why) -> throw new IllegalStateException();
          };
      add(ops, write, parts);
    }
    for (Read read : reads) {
      add(ops, read);
    }
    return List.copyOf(ops);
  }

  /** A batch over several partitions is as many writes, each with a stamp of its own. */
  private static void add(List<Op> ops, Written write, List<Part> parts) {
    Map<Long, List<Integer>> byStamp = new TreeMap<>();
    for (int i = 0; i < parts.size(); i++) {
      byStamp.computeIfAbsent(parts.get(i).stamp(), s -> new ArrayList<>()).add(i);
    }
    byStamp.forEach((stamp, positions) ->
        ops.add(
            new Op(
                ops.size() + 1,
                write.session(),
                write.invoked(),
                write.returned(),
                new Op.Write(
                    positions.stream().map(i -> write.changes().get(i).item()).toList(),
                    write.atomic(),
                    new Op.Result.Known(
                        positions.stream().map(i -> parts.get(i).applied()).toList()),
                    OptionalLong.of(stamp)))));
  }

  /** A read in a session is held to its level and to what the token promises. */
  private static void add(List<Op> ops, Read read) {
    Map<String, Integer> observed = new TreeMap<>();
    for (String id : read.look().ids()) {
      var stored = read.seen().records().get(id);
      observed.put(
          Change.key(read.look().collection(), id), stored == null ? Op.ABSENT : stored.value());
    }
    List<Level> levels = new ArrayList<>(List.of(read.look().level()));
    boolean more =
        levels.getFirst() instanceof Level.Strong || levels.getFirst() instanceof Level.Bounded;
    if (more && !read.session().isEmpty()) {
      levels.add(new Level.ReadYourWrites());
    }
    for (Level level : levels) {
      ops.add(
          new Op(
              ops.size() + 1,
              read.session(),
              read.invoked(),
              read.returned(),
              new Op.Read(observed, level, OptionalLong.of(read.seen().asOf()))));
    }
  }
}
