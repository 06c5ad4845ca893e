package io.vecraft.e2e.sim;

import com.google.protobuf.ByteString;
import io.vecraft.e2e.history.Op;
import io.vecraft.e2e.history.SerialSearch;
import io.vecraft.e2e.history.StampRules;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.log.model.ModelReplica;
import io.vecraft.journal.time.Stamp;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Record;
import io.vecraft.storage.read.ShardId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A cluster made up from one seed: six machines, of which three replicate four partitions and any
 * three are the clock group, two storage nodes, a few clients, and what goes wrong.
 *
 * <p>Time, network, machines, disks and clients are simulated. Members and rounds of the clock, the
 * partition's state machine and consensus model, the pipeline of an append, the barrier, the merge,
 * the shards and the decision of transactions are the product's.
 */
final class SimWorld implements AutoCloseable {
  private static final int MACHINES = 6;
  private static final int HOSTS = 3;
  private static final int STORAGE_NODES = 2;
  private static final long ENOUGH_TICKS = 40_000;
  private static final long DRAIN_TICKS = 600;
  private static final List<Long> ERRORS_MILLIS = List.of(0L, 0L, 5L, 9L, 40L);

  private final SimLoop loop;
  private final Scenario scenario;
  private final Mistake mistake;
  private final SimNetwork network;
  private final SimHistory history;
  private final SimCollection collection = new SimCollection();
  private final SimMove move = new SimMove(this);
  private final SimReads reads = new SimReads(this);
  private final SimResolver resolver = new SimResolver(this);
  private final List<SimMachine> machines;
  private final SimClockGroups clockGroups;
  private final SimJournal journal;
  private final List<SimStorage> storage;
  private long crashes;
  private long retries;

  SimWorld(long seed, Scenario scenario, Mistake mistake) {
    this.loop = new SimLoop(seed);
    this.scenario = scenario;
    this.mistake = mistake;
    this.network = new SimNetwork(loop, scenario.messages());
    this.history = new SimHistory(loop);
    this.machines = IntStream.range(0, MACHINES).mapToObj(i -> new SimMachine(i, loop)).toList();
    this.clockGroups = new SimClockGroups(this, hosts());
    this.journal = new SimJournal(this, SimCollection.PARTITIONS, hosts());
    machines.forEach(m -> m.jump(loop.pick(ERRORS_MILLIS)));
    createCollection();
    machines.forEach(this::start);
    this.storage = Stream.generate(() -> new SimStorage(this)).limit(STORAGE_NODES).toList();
    storage.forEach(this::pullNowAndThen);
    journal.partitions().forEach(this::tendNowAndThen);
  }

  /** The collection and its shards, before the first tick. */
  private void createCollection() {
    long stamp = Stamp.of(SimMachine.BEGINNING_MILLIS / 2, 0, 0);
    appendNow(Partitions.SYSTEM, stamp, SimCollection.create());
    appendNow(Partitions.SYSTEM, stamp, SimCollection.control());
    for (int shard = 0; shard < SimCollection.SHARDS; shard++) {
      appendNow(SimCollection.first(shard), stamp, SimCollection.open(shard, 1));
    }
    for (SimPartition partition : journal.partitions()) {
      partition.elect(scenario.oneMachine() ? machines.getFirst() : loop.pick(hosts()));
      partition.log().settle();
      partition.leader().flatMap(partition::replicaOn).orElseThrow().barrier(stamp + 1000);
      partition.log().settle();
    }
  }

  private void appendNow(int number, long stamp, Operation operation) {
    SimPartition partition = journal.partition(number);
    partition.log().settle();
    String request = "setup-" + operation.getKindCase() + operation.getShard();
    partition
        .leader()
        .flatMap(partition::replicaOn)
        .orElseThrow()
        .append(
            new Proposal(
                stamp,
                List.of(
                    Append.newBuilder()
                        .setRequestId(request)
                        .setRequestDigest(ByteString.copyFromUtf8(request))
                        .addOperations(operation)
                        .build())));
    partition.log().settle();
  }

  private void pullNowAndThen(SimStorage node) {
    loop.after(
        loop.between(3, 25),
        () -> {
          node.pull();
          pullNowAndThen(node);
        });
  }

  private void tendNowAndThen(SimPartition partition) {
    loop.after(
        loop.between(20, 120),
        () -> {
          partition.tend();
          tendNowAndThen(partition);
        });
  }

  /** Runs the clients amid faults, then lets everything heal, and looks at what is left. */
  SimResult run() {
    var faults = new Faults(this);
    var clients = new ArrayList<SimClient>();
    int count = (int) loop.between(3, 5);
    for (int i = 0; i < count; i++) {
      String session = loop.chance(0.5) ? "s" + i : "";
      clients.add(new SimClient(this, session, (int) loop.between(2, 4)));
    }
    boolean finished = loop.run(() -> finished(clients), ENOUGH_TICKS);
    faults.stop();
    heal();
    Optional<Long> end = finished ? lastRead() : Optional.empty();
    if (end.isEmpty()) {
      return SimResult.stuck(
          this, finished ? "no read comes through once all has healed" : "a client waits for ever");
    }
    List<Op> ops = history.ops(journal, storage.getFirst());
    checkReplicas(end.get());
    return new SimResult(
        scenario, mistake, events(), ops, SerialSearch.check(ops), StampRules.check(ops));
  }

  // Asked after every event: no streams.
  private static boolean finished(List<SimClient> clients) {
    for (SimClient client : clients) {
      if (!client.finished()) {
        return false;
      }
    }
    return true;
  }

  private boolean reached(long stamp) {
    for (SimStorage node : storage) {
      if (!node.reached(stamp)) {
        return false;
      }
    }
    return true;
  }

  private void heal() {
    network.calm();
    machines.forEach(this::start);
    for (SimPartition partition : journal.partitions()) {
      partition.log().replicas().forEach(r -> r.cutOff(false));
      partition.wake();
    }
  }

  /**
   * A strong read of everything, which is part of the history, and then every record applied; the
   * stamp that all replicas have reached, empty when they do not.
   */
  private Optional<Long> lastRead() {
    var last = new SimClient(this, "", 0);
    long[] end = {0};
    tryLastRead(last, loop.moment(), end);
    if (!loop.run(() -> end[0] != 0, ENOUGH_TICKS)) {
      return Optional.empty();
    }
    // What clients have given up may still come in.
    loop.run(() -> false, DRAIN_TICKS);
    long newest =
        journal.partitions().stream()
            .flatMap(p -> p.records().stream())
            .mapToLong(Record::getStamp)
            .max()
            .orElse(0);
    long all = Math.max(end[0], newest);
    network.watch(reads.close(anyProcess().orElseThrow(), all));
    return loop.run(() -> reached(all), ENOUGH_TICKS) ? Optional.of(all) : Optional.empty();
  }

  private void tryLastRead(SimClient client, long invoked, long[] end) {
    SimProcess process = anyProcess().orElseThrow();
    network.watch(
        network
            .call(client, process, 3_000, () -> reads.strong(process))
            .handle((seen, error) -> {
              if (error == null) {
                history.read("", invoked, new Op.Level.Strong(), seen);
                end[0] = seen.asOf();
              } else {
                network.watch(journal.pause().thenRun(() -> tryLastRead(client, invoked, end)));
              }
              return null;
            }));
  }

  /** Replicas of a shard have the same records at one stamp. */
  private void checkReplicas(long stamp) {
    for (int shard = 0; shard < SimCollection.SHARDS; shard++) {
      var id = new ShardId(SimCollection.ID, shard);
      if (storage.stream().mapToLong(s -> s.checksum(id, stamp)).distinct().count() > 1) {
        throw new IllegalStateException("replicas of " + id + " differ at " + stamp);
      }
    }
  }

  SimResult.Events events() {
    return new SimResult.Events(crashes, retries, clockGroups.newest().epoch() - 1, move.moved());
  }

  /** Counts a retry. */
  void retried() {
    retries++;
  }

  /** Stops a machine: what its process has in memory is lost. */
  void crash(SimMachine machine) {
    crashes++;
    machine.process().ifPresent(SimProcess::crash);
    machine.runs(Optional.empty());
    replicas(machine).forEach(ModelReplica::crash);
    if (mistake == Mistake.RESTART_BELOW_BOUND) {
      machine.bound().forgetBound();
    }
  }

  /** Starts a machine that does not run. */
  void start(SimMachine machine) {
    if (machine.process().isPresent()) {
      return;
    }
    replicas(machine).forEach(ModelReplica::restart);
    var process = new SimProcess(this, machine);
    machine.runs(Optional.of(process));
    if (clockGroups.newest().epoch() == 1) {
      process.learn(clockGroups.newest());
    } else {
      clockGroups.started(process);
    }
    journal.partitions().forEach(SimPartition::wake);
  }

  private List<ModelReplica> replicas(SimMachine machine) {
    return journal.partitions().stream()
        .flatMap(p -> p.replicaOn(machine).stream())
        .map(SimReplica::model)
        .toList();
  }

  SimLoop loop() {
    return loop;
  }

  Scenario scenario() {
    return scenario;
  }

  Mistake mistake() {
    return mistake;
  }

  SimNetwork network() {
    return network;
  }

  SimHistory history() {
    return history;
  }

  SimCollection collection() {
    return collection;
  }

  SimMove move() {
    return move;
  }

  SimReads reads() {
    return reads;
  }

  SimResolver resolver() {
    return resolver;
  }

  List<SimMachine> machines() {
    return machines;
  }

  /** The machines that replicate partitions. */
  List<SimMachine> hosts() {
    return machines.subList(0, HOSTS);
  }

  SimClockGroups clockGroups() {
    return clockGroups;
  }

  SimJournal journal() {
    return journal;
  }

  SimStorage anyStorage() {
    return loop.pick(storage);
  }

  /** Some process that runs. */
  Optional<SimProcess> anyProcess() {
    List<SimProcess> running = machines.stream().flatMap(m -> m.process().stream()).toList();
    return running.isEmpty() ? Optional.empty() : Optional.of(loop.pick(running));
  }

  /** A process that reads for a client. */
  Optional<SimProcess> readProcess() {
    return scenario.oneMachine() ? machines.getFirst().process() : anyProcess();
  }

  @Override
  public void close() {
    storage.forEach(SimStorage::close);
  }
}
