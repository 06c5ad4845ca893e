package io.vecraft.e2e.history;

import io.vecraft.e2e.history.HistoryClient.Answer;
import io.vecraft.e2e.history.HistoryClient.Look;
import io.vecraft.e2e.history.HistoryClient.Part;
import io.vecraft.e2e.history.HistoryClient.Seen;
import io.vecraft.e2e.history.HistoryClient.Stored;
import io.vecraft.e2e.history.HistoryClient.Told;
import io.vecraft.e2e.history.Op.Level;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Concurrent clients, over REST and gRPC, that write and read a few records of two collections, and
 * the history of what they were told. Each keeps to one server until that does not answer, then
 * goes to the next. What was not answered is left open, or sent again where the clients are
 * patient. For one thread, but for {@link #end}, {@link #answered} and {@link #failed}.
 */
public final class HistoryWorkload {
  private static final List<String> COLLECTIONS = List.of("a", "b");
  private static final int RECORDS = 4;
  private static final int CLIENTS = 5;
  private static final long[] BOUNDS_MS = {1, 20, 100, 400};

  private final Recorder recorder = new Recorder();
  private final AtomicInteger values = new AtomicInteger();
  private final Map<String, Stored> lastSeen = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Long> instants = new ConcurrentLinkedQueue<>();
  private final Random random;
  private final List<URI> servers;
  private final Optional<String> apiKey;
  private final int operations;
  private final Manner manner;
  private final Endings endings;
  private final ConcurrentLinkedQueue<Attempt> failed = new ConcurrentLinkedQueue<>();
  private final AtomicInteger answered = new AtomicInteger();
  private volatile boolean ended;
  private long firstInstant;

  /**
   * How clients go about it.
   *
   * @param name what their request ids begin with: one cluster takes an id for new only once
   * @param paceMillis a client rests up to twice this between operations
   * @param deadline that every request asks for
   * @param patience how long after its first attempt a request is given up
   */
  public record Manner(String name, int paceMillis, Duration deadline, Duration patience) {}

  /**
   * Clients of some servers.
   *
   * @param apiKey of all clients
   * @param operations of each client
   * @param paceMillis a client rests up to twice this between operations
   */
  public HistoryWorkload(
      long seed, List<URI> servers, Optional<String> apiKey, int operations, int paceMillis) {
    this(
        new Random(seed),
        servers,
        apiKey,
        operations,
        new Manner("", paceMillis, Endings.USUAL_DEADLINE, Duration.ZERO));
  }

  private HistoryWorkload(
      Random random, List<URI> servers, Optional<String> apiKey, int operations, Manner manner) {
    this.random = random;
    this.servers = List.copyOf(servers);
    this.apiKey = apiKey;
    this.operations = operations;
    this.manner = manner;
    this.endings = new Endings(manner.deadline());
  }

  /**
   * Clients that go on until {@link #end}, and send what was not answered again under the same id.
   *
   * @param patience how long after its first attempt a request is given up
   */
  public static HistoryWorkload endless(
      long seed, List<URI> servers, Optional<String> apiKey, int paceMillis, Duration patience) {
    return endless(
        seed, servers, apiKey, new Manner("", paceMillis, Endings.USUAL_DEADLINE, patience));
  }

  /** The same in a given manner. */
  public static HistoryWorkload endless(
      long seed, List<URI> servers, Optional<String> apiKey, Manner manner) {
    return new HistoryWorkload(new Random(seed), servers, apiKey, Integer.MAX_VALUE, manner);
  }

  /** How every attempt of a request ended so far. */
  public Endings endings() {
    return endings;
  }

  /** Lets each client end after the operation that it is at. */
  public void end() {
    ended = true;
  }

  /** Operations that were answered so far. */
  public int answered() {
    return answered.get();
  }

  /** Attempts of patient clients that failed so far. */
  public List<Attempt> failed() {
    return List.copyOf(failed);
  }

  /** The collections that are written to. */
  public static List<String> collections() {
    return COLLECTIONS;
  }

  /** Makes the collections. */
  public void prepare(int shards) throws IOException {
    try (var rest = new RestHistoryClient(servers.getFirst(), apiKey)) {
      for (String collection : COLLECTIONS) {
        rest.create(collection, shards);
      }
      // An instant at which every collection is there.
      var look = new Look(COLLECTIONS.getLast(), List.of("r0"), new Level.Strong(), false);
      firstInstant = rest.read(look, "").seen().asOf();
    }
  }

  /** Drops the collections. */
  public void drop() throws IOException {
    try (var rest = new RestHistoryClient(servers.getFirst(), apiKey)) {
      for (String collection : COLLECTIONS) {
        rest.drop(collection);
      }
    }
  }

  /** Runs all clients to their end. */
  public void run() {
    List<FutureTask<Void>> tasks = new ArrayList<>();
    for (int c = 0; c < CLIENTS; c++) {
      String name = "client-" + c;
      var own = new Random(random.nextLong());
      int number = c;
      tasks.add(
          new FutureTask<>(() -> {
            try (HistoryClient client = client(number, name)) {
              new Session(name, client, own).run();
            }
            return null;
          }));
      Thread.ofVirtual().name(name).start(tasks.getLast());
    }
    tasks.forEach(HistoryWorkload::join);
  }

  private HistoryClient client(int number, String name) {
    List<HistoryClient> clients = new ArrayList<>();
    for (int i = 0; i < servers.size(); i++) {
      URI server = servers.get((number + i) % servers.size());
      clients.add(
          number % 2 == 1
              ? new GrpcHistoryClient(server, apiKey, manner.deadline())
              : new RestHistoryClient(server, apiKey, manner.deadline()));
    }
    HistoryClient each =
        clients.size() == 1 && manner.patience().isZero()
            ? clients.getFirst()
            : new FailoverClient(clients);
    HistoryClient counted = new CountedClient(each, endings);
    return manner.patience().isZero()
        ? counted
        : new PatientClient(name, counted, manner.patience(), failed::add);
  }

  /** What was recorded, with what was left open asked again. */
  public List<Op> history() throws IOException {
    try (var rest = new RestHistoryClient(servers.getFirst(), apiKey)) {
      return recorder.history(rest);
    }
  }

  static void join(FutureTask<Void> task) {
    try {
      task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } catch (ExecutionException e) {
      throw new AssertionError("a client failed", e.getCause());
    }
  }

  /** One client, which keeps the token of its last answer. */
  private final class Session {
    private final String name;
    private final HistoryClient client;
    private final Random own;
    private String token = "";
    private int sent;

    Session(String name, HistoryClient client, Random own) {
      this.name = name;
      this.client = client;
      this.own = own;
    }

    void run() throws IOException {
      while (sent < operations && !ended) {
        sent++;
        if (manner.paceMillis() > 0) {
          LockSupport.parkNanos(own.nextInt(2 * manner.paceMillis()) * 1_000_000L);
        }
        if (own.nextInt(100) < 45) {
          write();
        } else {
          read();
        }
      }
    }

    private void write() throws IOException {
      boolean atomic = own.nextInt(3) == 0;
      List<Change> changes = atomic ? transaction() : single();
      String requestId = manner.name() + name + "-" + sent;
      long invoked = recorder.now();
      Told told = client.write(requestId, token, changes, atomic);
      long returned = told instanceof Told.Unknown ? Op.NEVER : recorder.now();
      recorder.wrote(
          new Recorder.Written(name, requestId, changes, atomic, invoked, returned, told));
      if (!(told instanceof Told.Unknown)) {
        answered.incrementAndGet();
      }
      if (told instanceof Told.NoEffect(String newer)) {
        token = newer;
      }
      if (told instanceof Told.Done(List<Part> parts, String newer)) {
        token = newer;
        for (int i = 0; i < parts.size(); i++) {
          if (parts.get(i).applied()) {
            Change change = changes.get(i);
            lastSeen.put(change.key(), new Stored(change.value(), parts.get(i).stamp()));
          }
        }
      }
    }

    private List<Change> single() {
      String collection = COLLECTIONS.get(own.nextInt(2));
      int kind = own.nextInt(10);
      if (kind < 6) {
        return records(collection, 1 + own.nextInt(3)).stream()
            .map(id -> change(collection, id, Change.Kind.UPSERT, 40))
            .toList();
      }
      Change.Kind one = kind < 8 ? Change.Kind.PATCH : Change.Kind.DELETE;
      return List.of(change(collection, records(collection, 1).iterator().next(), one, 50));
    }

    private List<Change> transaction() {
      List<Change> changes = new ArrayList<>();
      int conditional = own.nextBoolean() ? 50 : 0;
      for (String collection : COLLECTIONS) {
        for (String id : records(collection, 1 + own.nextInt(2))) {
          int kind = own.nextInt(10);
          Change.Kind chosen =
              kind < 7
                  ? Change.Kind.UPSERT
                  : kind < 9 && conditional > 0 ? Change.Kind.PATCH : Change.Kind.DELETE;
          changes.add(change(collection, id, chosen, conditional));
        }
      }
      return changes;
    }

    private Change change(String collection, String id, Change.Kind kind, int percent) {
      int value = kind == Change.Kind.DELETE ? Op.ABSENT : values.incrementAndGet();
      Stored last = lastSeen.get(Change.key(collection, id));
      boolean conditional = own.nextInt(100) < percent;
      Optional<Stored> known =
          Optional.ofNullable(last).filter(l -> conditional && l.value() != Op.ABSENT);
      boolean byVersion = known.isPresent();
      boolean ifAbsent = conditional && !byVersion && kind == Change.Kind.UPSERT;
      return new Change(
          collection,
          id,
          kind,
          value,
          ifAbsent,
          known.map(Stored::version).orElse(0L),
          known.map(Stored::value).orElse(Op.ABSENT));
    }

    private Set<String> records(String collection, int count) {
      Set<String> ids = new HashSet<>();
      while (ids.size() < count) {
        ids.add("r" + own.nextInt(RECORDS));
      }
      return ids;
    }

    private void read() throws IOException {
      String collection = COLLECTIONS.get(own.nextInt(2));
      boolean search = own.nextBoolean();
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < RECORDS; i++) {
        if (search || own.nextInt(3) > 0 || ids.isEmpty()) {
          ids.add("r" + i);
        }
      }
      Level level = level();
      boolean inSession = !(level instanceof Level.Eventual) && !(level instanceof Level.AsOf);
      var look = new Look(collection, ids, level, search);
      long invoked = recorder.now();
      Answer answer = client.read(look, inSession ? token : "");
      long returned = recorder.now();
      if (!(answer instanceof Seen seen)) {
        return;
      }
      answered.incrementAndGet();
      recorder.read(inSession ? name : "", invoked, returned, look, seen);
      if (seen.asOf() >= firstInstant) {
        instants.add(seen.asOf());
      }
      if (inSession) {
        token = seen.token();
      }
      Map<String, Stored> records = new HashMap<>(seen.records());
      records.forEach((id, stored) ->
          lastSeen.merge(
              Change.key(collection, id), stored, (a, b) -> a.version() > b.version() ? a : b));
    }

    private Level level() {
      return switch (own.nextInt(5)) {
        case 0 -> new Level.Strong();
        case 1 -> new Level.Bounded(BOUNDS_MS[own.nextInt(BOUNDS_MS.length)] * 1_000_000);
        case 2 -> new Level.ReadYourWrites();
        case 3 -> {
          List<Long> past = List.copyOf(instants);
          yield past.isEmpty()
              ? new Level.Strong()
              : new Level.AsOf(past.get(own.nextInt(past.size())));
        }
        default -> new Level.Eventual();
      };
    }
  }
}
