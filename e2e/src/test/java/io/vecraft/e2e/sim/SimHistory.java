package io.vecraft.e2e.sim;

import io.vecraft.e2e.history.Op;
import io.vecraft.e2e.history.Op.Item;
import io.vecraft.proto.journal.Record;
import io.vecraft.storage.read.OperationOutcome;
import io.vecraft.storage.read.RecordView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** What the clients did and were told, written down on one clock. */
final class SimHistory {
  private final SimLoop loop;
  private final List<Write> writes = new ArrayList<>();
  private final List<Op> reads = new ArrayList<>();
  private int ids;
  private int values;

  /** A write under way. */
  static final class Write {
    final int id;
    final String session;
    final long invoked;
    final List<Item> items;
    Optional<Told> told = Optional.empty();

    Write(int id, String session, long invoked, List<Item> items) {
      this.id = id;
      this.session = session;
      this.invoked = invoked;
      this.items = items;
    }

    String requestId() {
      return "r" + id;
    }

    boolean conditional() {
      return items.stream().anyMatch(i -> !(i.condition() instanceof Op.Condition.None));
    }
  }

  /** What a writer was told, and when. */
  record Told(long returned, long stamp, List<Boolean> applied) {}

  SimHistory(SimLoop loop) {
    this.loop = loop;
  }

  /** A value that no other write has. */
  int nextValue() {
    return ++values;
  }

  Write begin(String session, List<Item> items) {
    var write = new Write(++ids, session, loop.moment(), items);
    writes.add(write);
    return write;
  }

  void told(Write write, long stamp, List<Boolean> applied) {
    write.told = Optional.of(new Told(loop.moment(), stamp, applied));
  }

  void read(String session, long invoked, Op.Level level, SimReads.Seen seen) {
    var observed = new TreeMap<String, Integer>();
    seen.records().forEach((key, record) -> observed.put(key, value(record)));
    reads.add(
        new Op(
            ++ids,
            session,
            invoked,
            loop.moment(),
            new Op.Read(observed, level, OptionalLong.of(seen.asOf()))));
  }

  static int value(Optional<RecordView> record) {
    return record.map(r -> SimCollection.value(r.metadata())).orElse(Op.ABSENT);
  }

  /**
   * The history for the checkers: answers as the clients got them, writes without an answer as the
   * logs hold them, writes that never came into a log left out.
   *
   * @throws IllegalStateException when a log lacks an acknowledged write, holds a request twice or
   *     has it at another stamp
   */
  List<Op> ops(SimJournal journal, SimStorage storage) {
    Map<String, Record> logged = logged(journal);
    var ops = new ArrayList<>(reads);
    for (Write write : writes) {
      Record record = logged.get(write.requestId());
      if (record == null) {
        if (write.told.isPresent()) {
          throw new IllegalStateException(
              "acknowledged and not in the log: " + write.requestId() + " " + write.told.get());
        }
        continue;
      }
      if (write.told.isPresent() && write.told.get().stamp() != record.getStamp()) {
        throw new IllegalStateException("told of another stamp: " + write.told.get());
      }
      List<Boolean> applied = applied(write.items, record.getStamp(), storage);
      ops.add(
          new Op(
              write.id,
              write.session,
              write.invoked,
              write.told.map(Told::returned).orElse(Op.NEVER),
              new Op.Write(
                  write.items,
                  true,
                  new Op.Result.Known(write.told.map(Told::applied).orElse(applied)),
                  OptionalLong.of(record.getStamp()))));
    }
    return ops;
  }

  private static Map<String, Record> logged(SimJournal journal) {
    var logged = new HashMap<String, Record>();
    var stamps = new HashSet<Long>();
    for (SimPartition partition : journal.partitions()) {
      for (Record record : partition.records()) {
        if (!record.getRequestId().isEmpty() && logged.put(record.getRequestId(), record) != null) {
          throw new IllegalStateException("twice in the log: " + record.getRequestId());
        }
        if (!stamps.add(record.getStamp())) {
          throw new IllegalStateException("two records with stamp " + record.getStamp());
        }
      }
    }
    return logged;
  }

  /** By item, whether it had its effect, as a storage node that has applied it says. */
  static List<Boolean> applied(List<Item> items, long stamp, SimStorage storage) {
    return items.stream().map(item -> applied(item, stamp, storage)).toList();
  }

  private static boolean applied(Item item, long stamp, SimStorage storage) {
    OperationOutcome outcome =
        storage.outcomes(SimCollection.shard(item.key()), stamp).stream()
            .filter(o -> o.id().equals(item.key()))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no outcome of " + item + " at " + stamp));
    return switch (outcome.kind()) {
      case CREATED, UPDATED, DELETED -> true;
      // Deleting what is not there is done at once, unless presence was asked for.
      case NOT_FOUND -> item.condition() instanceof Op.Condition.None;
      case CONFLICT, ABORTED -> false;
    };
  }
}
