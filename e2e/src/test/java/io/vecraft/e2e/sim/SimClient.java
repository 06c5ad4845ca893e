package io.vecraft.e2e.sim;

import io.vecraft.e2e.history.Op;
import io.vecraft.e2e.history.Op.Condition;
import io.vecraft.e2e.history.Op.Item;
import io.vecraft.e2e.history.Op.Level;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.Upsert;
import io.vecraft.storage.read.RecordView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A client with one operation at a time. It retries under the same request id, gives up now and
 * then, and, in a session, carries the token of what it has seen.
 */
final class SimClient implements SimNetwork.Endpoint {
  private static final int ATTEMPTS = 6;
  private static final int THINK_TICKS = 60;
  private static final long READ_TIMEOUT_TICKS = 2_500;
  private static final int LOOKS = 60;
  private static final double GIVES_UP = 0.03;

  private final SimWorld world;
  private final SimLoop loop;
  private final SimHistory history;
  private final String session;
  private final Map<String, Integer> lastSeen = new HashMap<>();
  private final Map<Integer, Long> versions = new HashMap<>();
  private final List<Long> readAt = new ArrayList<>();
  private long token;
  private int left;

  /** Begins at once; {@code session} is empty for a client without one. */
  SimClient(SimWorld world, String session, int operations) {
    this.world = world;
    this.loop = world.loop();
    this.history = world.history();
    this.session = session;
    this.left = operations;
    next();
  }

  @Override
  public boolean alive() {
    return true;
  }

  boolean finished() {
    return left < 0;
  }

  private void next() {
    left--;
    if (left >= 0) {
      loop.after(loop.between(1, THINK_TICKS), this::begin);
    }
  }

  private void begin() {
    Scenario.Work work = world.scenario().work();
    int total =
        work.write()
            + work.conditional()
            + work.transaction()
            + work.decided()
            + work.strong()
            + work.session()
            + work.eventual()
            + work.tail();
    int dice = loop.random().nextInt(total);
    if ((dice -= work.write()) < 0) {
      write(false, false);
    } else if ((dice -= work.conditional()) < 0) {
      write(false, true);
    } else if ((dice -= work.transaction()) < 0) {
      write(true, false);
    } else if ((dice -= work.decided()) < 0) {
      write(true, true);
    } else if ((dice -= work.strong()) < 0) {
      read(new Level.Strong(), world.reads()::strong);
    } else if ((dice -= work.session()) < 0) {
      long floor = token;
      read(new Level.ReadYourWrites(), process -> world.reads().session(process, floor));
    } else if ((dice -= work.eventual()) < 0) {
      readWithoutWaiting();
    } else {
      look();
    }
  }

  // Writes.

  private void write(boolean transaction, boolean conditional) {
    List<String> keys = transaction ? SimCollection.KEYS : List.of(loop.pick(SimCollection.KEYS));
    var items = new ArrayList<Item>();
    for (String key : keys) {
      boolean delete = loop.chance(0.1);
      boolean under = conditional && (items.isEmpty() || loop.chance(0.5));
      items.add(
          new Item(
              key,
              delete ? Op.ABSENT : history.nextValue(),
              under ? condition(key, delete) : new Condition.None()));
    }
    SimHistory.Write write = history.begin(session, items);
    boolean withoutToken = session.isEmpty() || world.mistake() == Mistake.NO_TOKEN;
    attempt(write, withoutToken ? 0 : token, 1);
  }

  private Condition condition(String key, boolean delete) {
    int seen = lastSeen.getOrDefault(key, Op.ABSENT);
    return switch (loop.random().nextInt(4)) {
      case 0 -> delete ? new Condition.Present() : new Condition.Absent();
      case 1 -> new Condition.Present();
      default -> seen == Op.ABSENT ? new Condition.Present() : new Condition.Is(seen);
    };
  }

  private void attempt(SimHistory.Write write, long floor, int attempt) {
    CompletableFuture<AppendResult> answer =
        world
            .journal()
            .append(
                this,
                partition(write),
                SimWrites.append(write, versions, floor, world.collection()));
    if (attempt > ATTEMPTS || loop.chance(GIVES_UP)) {
      // As one that dies: the write is on its way, and nobody will ever be told.
      world.network().watch(answer);
      next();
      return;
    }
    world
        .network()
        .watch(
            answer.handle((result, error) -> {
              if (error == null && !result.hasFailure()) {
                written(write, result.getStamp());
              } else if (mayRetry(error == null ? code(result) : code(error))) {
                world
                    .network()
                    .watch(
                        world
                            .journal()
                            .pause()
                            .thenRun(() -> {
                              world.retried();
                              attempt(write, floor, attempt + 1);
                            }));
              } else {
                next();
              }
              return null;
            }));
  }

  /** By what is known now: a retry may go elsewhere than the first attempt. */
  private int partition(SimHistory.Write write) {
    return write.items.size() > 1
        ? Partitions.TRANSACTION
        : world.collection().home(write.items.getFirst().key()).partition();
  }

  private static ErrorCode code(AppendResult result) {
    return ErrorCode.of(result.getFailure().getCode());
  }

  private static ErrorCode code(Throwable error) {
    if (SimNetwork.cause(error) instanceof VecraftException e) {
      return e.code();
    }
    throw new IllegalStateException(error);
  }

  private static boolean mayRetry(ErrorCode code) {
    return switch (code) {
      case OUTCOME_UNKNOWN, UNAVAILABLE, NOT_LEADER, MOVED -> true;
      case STAMP_IN_FUTURE -> false;
      default -> throw new IllegalStateException("a write failed with " + code);
    };
  }

  /** The write is in the log; one under conditions has to be applied before its result is known. */
  private void written(SimHistory.Write write, long stamp) {
    if (!write.conditional()) {
      told(write, stamp, write.items.stream().map(i -> true).toList());
      return;
    }
    Optional<SimProcess> process = world.readProcess();
    if (process.isEmpty()) {
      next();
      return;
    }
    SimStorage storage = world.anyStorage();
    CompletableFuture<List<Boolean>> applied =
        world
            .network()
            .call(
                this,
                process.get(),
                READ_TIMEOUT_TICKS,
                () ->
                    world
                        .reads()
                        .close(process.get(), stamp)
                        .thenCompose(closed -> storage.awaitAll(stamp))
                        .thenApply(reached -> SimHistory.applied(write.items, stamp, storage)));
    world
        .network()
        .watch(
            applied.handle((result, error) -> {
              if (error == null) {
                told(write, stamp, result);
              } else {
                code(error);
                next();
              }
              return null;
            }));
  }

  private void told(SimHistory.Write write, long stamp, List<Boolean> applied) {
    history.told(write, stamp, applied);
    token = Math.max(token, stamp);
    next();
  }

  // Reads.

  private void read(Level level, Function<SimProcess, CompletableFuture<SimReads.Seen>> how) {
    Optional<SimProcess> process = world.readProcess();
    if (process.isEmpty()) {
      next();
      return;
    }
    long invoked = loop.moment();
    CompletableFuture<SimReads.Seen> answer =
        world
            .network()
            .call(this, process.get(), READ_TIMEOUT_TICKS, () -> how.apply(process.get()));
    world
        .network()
        .watch(
            answer.handle((seen, error) -> {
              if (error != null) {
                code(error);
              } else if (!(level instanceof Level.Strong) || seen.asOf() >= token) {
                // A strong read above whose S the token lies is refused.
                saw(level, invoked, seen);
              }
              next();
              return null;
            }));
  }

  private void saw(Level level, long invoked, SimReads.Seen seen) {
    history.read(session, invoked, level, seen);
    readAt.add(seen.asOf());
    if (!(level instanceof Level.AsOf)) {
      token = Math.max(token, seen.asOf());
      seen.records().forEach(this::remember);
    }
  }

  private void remember(String key, Optional<RecordView> record) {
    int value = SimHistory.value(record);
    lastSeen.put(key, value);
    record.ifPresent(r -> versions.put(value, r.version()));
  }

  private void readWithoutWaiting() {
    if (!readAt.isEmpty() && loop.chance(0.4)) {
      long stamp = loop.pick(readAt);
      read(new Level.AsOf(stamp), process -> world.reads().at(stamp));
    } else {
      read(
          new Level.Eventual(),
          process ->
              CompletableFuture.completedFuture(process).thenApply(p -> world.reads().eventual()));
    }
  }

  /** Follows a partition and goes on from its next record, acknowledged or not. */
  private void look() {
    String key = loop.pick(SimCollection.KEYS);
    Optional<CommittedLog> log =
        world
            .journal()
            .partition(world.collection().home(key).partition())
            .any()
            .map(r -> r.committed());
    if (log.isEmpty()) {
      next();
    } else {
      follow(log.get(), key, log.get().position().offset() + 1, LOOKS);
    }
  }

  private void follow(CommittedLog log, String key, long offset, int looks) {
    Optional<Record> record =
        log.position().offset() >= offset
            ? log.read(offset, 1, 1).stream().findFirst()
            : Optional.empty();
    if (record.isEmpty() && looks > 0) {
      loop.after(loop.between(1, 10), () -> follow(log, key, offset, looks - 1));
      return;
    }
    record.filter(r -> unconditional(r, key)).ifPresent(r -> sawInLog(key, r));
    if (record.isPresent() && left > 0) {
      left--;
      write(false, false);
    } else {
      next();
    }
  }

  private void sawInLog(String key, Record record) {
    byte[] metadata = record.getOperations(0).getUpsert().getMetadata().toByteArray();
    var seen = new TreeMap<String, Optional<RecordView>>();
    seen.put(key, Optional.of(new RecordView(key, record.getStamp(), metadata, new float[0])));
    saw(new Level.Eventual(), loop.moment(), new SimReads.Seen(record.getStamp(), seen));
  }

  private static boolean unconditional(Record record, String key) {
    Upsert upsert = record.getOperations(0).getUpsert();
    return upsert.getId().equals(key)
        && upsert.getPrecondition().getKindCase() == Precondition.KindCase.KIND_NOT_SET;
  }
}
