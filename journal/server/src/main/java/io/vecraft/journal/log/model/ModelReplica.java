package io.vecraft.journal.log.model;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.log.CommittedLog;
import io.vecraft.journal.log.Position;
import io.vecraft.journal.log.Proposal;
import io.vecraft.journal.log.ReplicatedLog;
import io.vecraft.journal.partition.Decision;
import io.vecraft.journal.partition.Decision.Accepted;
import io.vecraft.journal.partition.PartitionState;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Record;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * One replica of a {@link ModelLog}.
 *
 * <p>Durable: term and consensus log. Lost by a crash: leadership, what is known to be committed,
 * the state machine with its records, and the callers that wait.
 */
public final class ModelReplica implements ReplicatedLog {
  private final ModelLog group;
  private final String name;

  // Durable.
  private long term;
  private final List<Entry> entries = new ArrayList<>();

  // Lost by a crash.
  private boolean alive = true;
  private boolean cutOff;
  private boolean leading;
  private Optional<ModelReplica> leader = Optional.empty();
  private int commitIndex;
  private int appliedIndex;
  private PartitionState state;
  private List<Record> records = new ArrayList<>();
  private final Map<ModelReplica, Integer> matched = new HashMap<>();
  private final TreeMap<Integer, Waiting> waiting = new TreeMap<>();

  private final List<Runnable> listeners = new ArrayList<>();
  private final CommittedLog committed = new Committed();

  private record Waiting(
      CompletableFuture<List<Decision>> batch, CompletableFuture<Position> barrier) {
    Waiting() {
      this(new CompletableFuture<>(), new CompletableFuture<>());
    }

    void fail(VecraftException reason) {
      batch.completeExceptionally(reason);
      barrier.completeExceptionally(reason);
    }
  }

  ModelReplica(ModelLog group, String name) {
    this.group = group;
    this.name = name;
    this.state = new PartitionState(group.settings());
  }

  @Override
  public CompletableFuture<List<Decision>> append(Proposal batch) {
    return leads()
        ? enter(new Entry.Batch(term, batch)).batch
        : CompletableFuture.failedFuture(notLeader());
  }

  @Override
  public CompletableFuture<Position> barrier(long closeAtLeast) {
    return leads()
        ? enter(new Entry.Close(term, closeAtLeast)).barrier
        : CompletableFuture.failedFuture(notLeader());
  }

  private Waiting enter(Entry entry) {
    entries.add(entry);
    var answer = new Waiting();
    waiting.put(entries.size() - 1, answer);
    return answer;
  }

  private VecraftException notLeader() {
    return alive
        ? new VecraftException(ErrorCode.NOT_LEADER, leaderHint().orElse(""))
        : new VecraftException(ErrorCode.UNAVAILABLE, name + " is down");
  }

  @Override
  public boolean isReused(String requestId, String principal, ByteString digest) {
    return state.isReused(requestId, principal, digest);
  }

  @Override
  public CommittedLog committed() {
    return committed;
  }

  @Override
  public List<String> replicas() {
    return group.replicas().stream().map(ModelReplica::name).toList();
  }

  @Override
  public Optional<String> leaderHint() {
    return leader.map(ModelReplica::name);
  }

  @Override
  public void close() {
    crash();
  }

  public String name() {
    return name;
  }

  public boolean alive() {
    return alive;
  }

  /** Whether it believes to lead; another may, with a newer term. */
  public boolean leads() {
    return alive && leading;
  }

  public long term() {
    return term;
  }

  /** Whether no message reaches it or leaves it. */
  public boolean cutOff() {
    return cutOff;
  }

  /** Cuts it off from the other replicas, or joins it again; callers still reach it. */
  public void cutOff(boolean value) {
    cutOff = value;
  }

  /** The state after what is applied. */
  public PartitionState state() {
    return state;
  }

  /** Stops, losing everything that is not durable; callers are left in doubt. */
  public void crash() {
    stepDown();
    alive = false;
    leader = Optional.empty();
    commitIndex = 0;
    appliedIndex = 0;
    state = new PartitionState(group.settings());
    records = new ArrayList<>();
  }

  /** Starts again with what is durable. */
  public void restart() {
    alive = true;
  }

  /** Takes a newer term, in which it does not lead. */
  private void enterTerm(long newer) {
    if (newer > term) {
      term = newer;
      leader = Optional.empty();
      stepDown();
    }
  }

  private void stepDown() {
    leading = false;
    matched.clear();
    var unknown =
        new VecraftException(
            ErrorCode.OUTCOME_UNKNOWN, name + " does not lead any more; the batch may be decided");
    List<Waiting> callers = List.copyOf(waiting.values());
    waiting.clear();
    callers.forEach(w -> w.fail(unknown));
  }

  boolean votesFor(ModelReplica candidate, long newTerm) {
    boolean upToDate =
        candidate.lastTerm() > lastTerm()
            || (candidate.lastTerm() == lastTerm() && candidate.entries.size() >= entries.size());
    enterTerm(newTerm);
    return upToDate;
  }

  private long lastTerm() {
    return entries.isEmpty() ? 0 : entries.getLast().term();
  }

  void lead() {
    leading = true;
    leader = Optional.of(this);
    matched.clear();
    entries.add(new Entry.Begin(term));
  }

  boolean hasNewsFor(ModelReplica to) {
    return to.term > term
        || to.leader.filter(l -> l == this).isEmpty()
        || common(to) < entries.size()
        || to.entries.size() > entries.size()
        || to.commitIndex < Math.min(commitIndex, common(to));
  }

  /** Sends the next entries that the other lacks, and how far they are committed. */
  void sendTo(ModelReplica to, int count) {
    if (to.term > term) {
      enterTerm(to.term);
      return;
    }
    to.enterTerm(term);
    to.leader = Optional.of(this);
    int same = common(to);
    int end = Math.min(entries.size(), same + count);
    if (same < to.entries.size()) {
      to.entries.subList(same, to.entries.size()).clear();
    }
    to.entries.addAll(entries.subList(same, end));
    to.commitTo(Math.min(commitIndex, end));
  }

  boolean hasAnswerFrom(ModelReplica to) {
    return to.term == term
        && to.leader.filter(l -> l == this).isPresent()
        && matched.getOrDefault(to, 0) < common(to);
  }

  /** Hears how far the other has got. */
  void hearFrom(ModelReplica to) {
    matched.put(to, common(to));
  }

  /** How many entries both have in common. */
  private int common(ModelReplica other) {
    int size = Math.min(entries.size(), other.entries.size());
    // Same term at the same place means the same entry and the same log up to it.
    for (int i = size; i > 0; i--) {
      if (entries.get(i - 1).term() == other.entries.get(i - 1).term()) {
        return i;
      }
    }
    return 0;
  }

  private int committable() {
    for (int n = entries.size(); n > commitIndex; n--) {
      int count = n;
      long holders = 1 + matched.values().stream().filter(m -> m >= count).count();
      if (holders >= group.majority() && entries.get(n - 1).term() == term) {
        return n;
      }
    }
    return commitIndex;
  }

  boolean canCommit() {
    return committable() > commitIndex;
  }

  void commit() {
    commitTo(committable());
  }

  private void commitTo(int index) {
    for (; commitIndex < index; commitIndex++) {
      group.checkCommitted(commitIndex, entries.get(commitIndex));
    }
  }

  boolean canApply() {
    return alive && appliedIndex < commitIndex;
  }

  /** Applies the next committed entry and answers whoever waits for it. */
  void applyOne() {
    int index = appliedIndex++;
    Entry entry = entries.get(index);
    List<Decision> decisions = decide(entry);
    group.checkDecided(index, decisions);
    for (Decision decision : decisions) {
      if (decision instanceof Accepted accepted) {
        records.add(accepted.record());
      }
    }
    Waiting caller = waiting.remove(index);
    List.copyOf(listeners).forEach(Runnable::run);
    if (caller != null) {
      caller.batch.complete(decisions);
      caller.barrier.complete(committed.position());
    }
  }

  private List<Decision> decide(Entry entry) {
    var decisions = new ArrayList<Decision>();
    switch (entry) {
      case Entry.Batch batch -> {
        for (Append append : batch.proposal().appends()) {
          decisions.add(state.decide(append, batch.proposal().stamp()));
        }
      }
      case Entry.Close close -> state.closeAtLeast(close.stamp());
      case Entry.Begin begin -> {}
    }
    return decisions;
  }

  private final class Committed implements CommittedLog {
    @Override
    public long firstOffset() {
      return 1;
    }

    @Override
    public Position position() {
      return new Position(state.lastOffset(), state.closed());
    }

    @Override
    public List<Record> read(long from, int maxRecords, long maxBytes) {
      var read = new ArrayList<Record>();
      long bytes = 0;
      for (long o = from;
          o <= records.size() && read.size() < maxRecords && bytes < maxBytes;
          o++) {
        Record record = records.get((int) o - 1);
        read.add(record);
        bytes += record.getSerializedSize();
      }
      return read;
    }

    @Override
    public Runnable onMove(Runnable listener) {
      listeners.add(listener);
      return () -> listeners.remove(listener);
    }
  }
}
