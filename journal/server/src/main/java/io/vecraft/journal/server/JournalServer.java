package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.PartitionLog;
import io.vecraft.journal.log.Position;
import io.vecraft.journal.log.raft.RaftMember;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.SegmentSettings;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.AppendResult;
import io.vecraft.proto.journal.FindRememberedRequest;
import io.vecraft.proto.journal.FindRememberedResponse;
import io.vecraft.proto.journal.FindReuseRequest;
import io.vecraft.proto.journal.FindReuseResponse;
import io.vecraft.proto.journal.GetOffsetRequest;
import io.vecraft.proto.journal.GetOffsetResponse;
import io.vecraft.proto.journal.PullRequest;
import io.vecraft.proto.journal.PullResponse;
import io.vecraft.proto.journal.Record;
import io.vecraft.proto.journal.StatusResponse;
import io.vecraft.proto.journal.TailRequest;
import io.vecraft.proto.journal.TraceRequest;
import io.vecraft.proto.journal.TraceResponse;
import io.vecraft.proto.journal.TracedRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All partitions of a journal in one process: each a {@link io.vecraft.journal.log.LocalLog}, or
 * one replica of a {@link io.vecraft.journal.log.raft.RaftLog}.
 *
 * <p>Directory: {@code identity}, {@code lock}, {@code partition-NNN/} with the segments, and
 * {@code raft/} with the consensus logs of replicas. Safe for concurrent use.
 */
public final class JournalServer implements JournalApi, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JournalServer.class);
  private static final int TRACE_LIMIT_DEFAULT = 100;
  private static final int TRACE_LIMIT_MAX = 10_000;
  private static final int PULL_RECORDS_MAX = 100_000;

  private final JournalConfig config;
  private final ClusterIdentity identity;
  private final StampClock clock;
  private final DirectoryLock lock;
  private final LogOpener logs;
  private final ConcurrentSkipListMap<Integer, Partition> partitions =
      new ConcurrentSkipListMap<>();
  private final Admission admission;
  private final Map<TailSession, Integer> tails = new ConcurrentHashMap<>();
  private final AtomicLong tailCount = new AtomicLong();
  private final Optional<Thread> scrubber;
  private final ReentrantLock growing = new ReentrantLock();

  // Guarded by growing.
  private boolean closed;

  private JournalServer(
      JournalConfig config,
      ClusterIdentity identity,
      StampClock clock,
      DirectoryLock lock,
      LogOpener logs,
      Collection<Partition> opened,
      FileAccess files) {
    this.config = config;
    this.identity = identity;
    this.clock = clock;
    this.lock = lock;
    this.logs = logs;
    this.admission = new Admission(config.limits(), config.directory(), files);
    opened.forEach(this::takeUp);
    this.scrubber =
        config.scrubEvery().isZero()
            ? Optional.empty()
            : Optional.of(Thread.ofVirtual().name("journal-scrubber").start(this::scrubLoop));
  }

  private void takeUp(Partition partition) {
    partitions.put(partition.number(), partition);
    admission.count(partition.store());
  }

  /**
   * Opens the journal, recovering it.
   *
   * @throws VecraftException {@code data_damaged} when records are damaged, {@code unavailable}
   *     when another process holds the directory, {@code conflict} when it has other partitions
   *     than the configuration says
   */
  public static JournalServer open(JournalConfig config, StampClock clock) {
    return open(config, clock, new DiskFiles(), FatalError.HALT, MachineTime.SYSTEM);
  }

  /** As {@link #open(JournalConfig, StampClock)}, over given surroundings. */
  public static JournalServer open(
      JournalConfig config,
      StampClock clock,
      FileAccess files,
      FatalError fatal,
      MachineTime time) {
    return open(config, clock, files, time, () -> new LocalLogs(config, clock, files, fatal, time));
  }

  /**
   * Opens the journal of one node of a replicated cluster: a replica of every partition. It answers
   * writes and barriers of a partition while it leads it, else they fail with {@code not_leader};
   * everything else is answered from what the replica has.
   *
   * <p>An empty directory becomes a new member of {@link ReplicaConfig#members}. So it must not be
   * used for a member that was there before and has lost its directory: that one may have voted.
   *
   * @param config its partitions are those of the replica's cluster, whatever it says itself
   * @throws VecraftException {@code data_damaged} when something that may have been acknowledged or
   *     voted for cannot be read, {@code unavailable} when another process holds the directory or
   *     the Raft port, {@code conflict} when the directory is of another cluster
   */
  public static JournalServer openReplica(
      JournalConfig config, ReplicaConfig replica, StampClock clock) {
    return openReplica(
        config, replica, clock, new DiskFiles(), FatalError.HALT, MachineTime.SYSTEM);
  }

  /** As {@link #openReplica(JournalConfig, ReplicaConfig, StampClock)}, over given surroundings. */
  public static JournalServer openReplica(
      JournalConfig config,
      ReplicaConfig replica,
      StampClock clock,
      FileAccess files,
      FatalError fatal,
      MachineTime time) {
    return open(
        config, clock, files, time, () -> new RaftLogs(config, replica, clock, files, fatal, time));
  }

  private static JournalServer open(
      JournalConfig config,
      StampClock clock,
      FileAccess files,
      MachineTime time,
      Supplier<LogOpener> kind) {
    DirectoryLock lock = DirectoryLock.take(config.directory(), "lock");
    var opened = new ArrayList<Partition>();
    var logs = new ArrayList<LogOpener>(1);
    try {
      LogOpener opener = kind.get();
      logs.add(opener);
      ClusterIdentity identity = identity(config, opener, files);
      if (opener instanceof RaftLogs replicated) {
        // Perhaps it was stopped before all was deleted.
        for (int number : replicated.left()) {
          replicated.delete(segments(number, config, identity), settings(number, config, identity));
        }
      }
      for (int number : new TreeSet<>(opener.held(identity.partitions().all()))) {
        opened.add(openPartition(number, config, identity, clock, opener));
      }
      long lossIn = opened.stream().mapToLong(p -> p.store().lossIncarnation()).max().orElse(0);
      if (lossIn >= identity.incarnation()) {
        // Offsets that were lost are given again: nobody may take the new records for the old.
        identity = identity.nextIncarnation();
        identity.write(files, config.directory());
      }
      opener.opened(opened.stream().mapToLong(p -> p.log().lastStamp()).max().orElse(0));
      return new JournalServer(config, identity, clock, lock, opener, opened, files);
    } catch (IOException e) {
      close(opened, logs, lock);
      throw new UncheckedIOException("cannot open " + config.directory(), e);
    } catch (RuntimeException e) {
      close(opened, logs, lock);
      throw e;
    }
  }

  private static void close(
      Collection<Partition> opened, Collection<LogOpener> logs, DirectoryLock lock) {
    opened.forEach(p -> p.log().close());
    logs.forEach(LogOpener::close);
    lock.close();
  }

  private static ClusterIdentity identity(JournalConfig config, LogOpener opener, FileAccess files)
      throws IOException {
    Optional<ClusterIdentity> found = ClusterIdentity.read(files, config.directory());
    if (found.isPresent()) {
      ClusterIdentity checked = opener.check(found.get());
      if (!checked.equals(found.get())) {
        checked.write(files, config.directory());
      }
      return checked;
    }
    boolean segments =
        files.list(config.directory()).stream()
            .anyMatch(p -> p.getFileName().toString().startsWith("partition-"));
    if (segments) {
      throw new VecraftException(
          ErrorCode.DATA_DAMAGED, config.directory().resolve(ClusterIdentity.FILE) + " is missing");
    }
    ClusterIdentity made = opener.newIdentity();
    made.write(files, config.directory());
    return made;
  }

  private static Partition openPartition(
      int number,
      JournalConfig config,
      ClusterIdentity identity,
      StampClock clock,
      LogOpener opener) {
    PartitionLog log =
        opener.open(segments(number, config, identity), settings(number, config, identity));
    return new Partition(
        number, log, new AppendPipeline(number, log, clock, config.limits().batchBytes()));
  }

  private static SegmentSettings segments(
      int number, JournalConfig config, ClusterIdentity identity) {
    return new SegmentSettings(
        config.directory().resolve("partition-%03d".formatted(number)),
        identity.clusterId(),
        identity.incarnation(),
        number,
        config.segmentBytes(),
        config.segmentAge(),
        config.acceptLoss());
  }

  private static PartitionSettings settings(
      int number, JournalConfig config, ClusterIdentity identity) {
    return PartitionSettings.of(
        number, identity.partitions(), config.dedupWindow(), config.dedupBytes());
  }

  /**
   * Takes up a replica of one more partition, for good; one that is there already is no error.
   *
   * @param first the replicas that it is made with, the same on every node. A node that is not
   *     among them waits for the leader that adds it
   * @throws VecraftException {@code invalid_argument} if this is not a node of a replicated
   *     journal, {@code unavailable} once it is closed
   */
  public void addPartition(int number, List<RaftMember> first) {
    growing(replicated -> {
      if (!partitions.containsKey(number) && replicated.epoch(number) == 0) {
        replicated.add(number, first);
        takeUp(openPartition(number, config, identity, clock, logs));
        log.info("partition {} is taken up, made with {}", number, first);
      }
    });
  }

  /**
   * Takes up a replica of a partition that others have, and that waits for the leader that adds it;
   * one that is there already is no error, and neither is an epoch that is not newer than what this
   * node has acted upon.
   *
   * @param epoch of the partition's nodes, as SYSTEM says, 1 or more
   * @throws VecraftException as {@link #addPartition}
   */
  public void joinPartition(int number, long epoch) {
    growing(replicated -> {
      if (partitions.containsKey(number)) {
        return;
      }
      boolean held = replicated.held(identity.partitions().all()).contains(number);
      if (!held && epoch > replicated.epoch(number)) {
        // Nothing of a replica that was here before may be taken for the new one.
        delete(replicated, number);
        replicated.join(number, epoch);
        held = true;
      }
      if (held) {
        takeUp(openPartition(number, config, identity, clock, logs));
        log.info("partition {} comes here, in epoch {} of its nodes", number, epoch);
      }
    });
  }

  /**
   * Ends the replica of a partition and deletes it, for good: the partition's members are others
   * now. One that is not there is no error, and neither is an epoch that is not newer than what
   * this node has acted upon. Calls that are under way for it fail as at a node that does not lead.
   *
   * @param epoch of the partition's nodes, as SYSTEM says, 1 or more
   * @throws VecraftException as {@link #addPartition}
   */
  public void leavePartition(int number, long epoch) {
    growing(replicated -> {
      if (epoch > replicated.epoch(number)) {
        // It acknowledges nothing any more once it is closed; what it has is remembered then.
        Optional.ofNullable(partitions.remove(number)).ifPresent(this::end);
        replicated.leave(number, epoch);
        log.info("partition {} is not here any more, in epoch {} of its nodes", number, epoch);
      }
      if (replicated.left().contains(number)) {
        delete(replicated, number);
      }
    });
  }

  private void growing(Consumer<RaftLogs> change) {
    if (!(logs instanceof RaftLogs replicated)) {
      throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "this journal has one replica");
    }
    growing.lock();
    try {
      if (closed) {
        throw new VecraftException(ErrorCode.UNAVAILABLE, "the journal is closed");
      }
      change.accept(replicated);
    } finally {
      growing.unlock();
    }
  }

  private void end(Partition partition) {
    VecraftException elsewhere = notHere(partition.number());
    tails.forEach((tail, of) -> {
      if (of == partition.number()) {
        tail.end(elsewhere);
      }
    });
    admission.forget(partition.store());
    partition.log().close();
  }

  private void delete(RaftLogs replicated, int number) {
    replicated.delete(segments(number, config, identity), settings(number, config, identity));
  }

  /** The numbers of the partitions that are here. */
  public Set<Integer> partitions() {
    return Set.copyOf(partitions.keySet());
  }

  /** The cluster's id and incarnation, and the partitions that it was made with. */
  public ClusterIdentity identity() {
    return identity;
  }

  @Override
  public CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request) {
    Partition partition = partition(request.getPartition());
    Optional<VecraftException> misdirected = partition.log().refusal();
    if (misdirected.isPresent()) {
      return CompletableFuture.failedFuture(misdirected.get());
    }
    long bytes = request.getSerializedSize();
    Optional<VecraftException> refused = admission.enter(bytes);
    if (refused.isPresent()) {
      return CompletableFuture.failedFuture(refused.get());
    }
    CompletableFuture<AppendBatchResponse> answer;
    try {
      answer = append(partition, request.getAppendsList());
    } catch (RuntimeException e) {
      admission.leave(bytes);
      throw e;
    }
    return answer.whenComplete((done, error) -> admission.leave(bytes));
  }

  private CompletableFuture<AppendBatchResponse> append(Partition partition, List<Append> appends) {
    long limit = config.limits().appendBytes();
    var fitting = appends.stream().filter(a -> a.getSerializedSize() <= limit).toList();
    var added = partition.pipeline().add(fitting).iterator();
    List<CompletableFuture<AppendResult>> results =
        appends.stream()
            .map(a ->
                a.getSerializedSize() <= limit
                    ? added.next()
                    : CompletableFuture.completedFuture(
                        AppendPipeline.failure(
                            ErrorCode.LIMIT_EXCEEDED,
                            "an append of %d bytes, the limit is %d"
                                .formatted(a.getSerializedSize(), limit),
                            "")))
            .toList();
    return CompletableFuture.allOf(results.toArray(CompletableFuture[]::new))
        .thenApply(done ->
            AppendBatchResponse.newBuilder()
                .addAllResults(results.stream().map(CompletableFuture::resultNow).toList())
                .build());
  }

  @Override
  public CompletableFuture<GetOffsetResponse> getOffset(GetOffsetRequest request) {
    Partition partition = partition(request.getPartition());
    Optional<VecraftException> misdirected = partition.log().refusal();
    if (misdirected.isPresent()) {
      return CompletableFuture.failedFuture(misdirected.get());
    }
    CompletableFuture<Position> position =
        new BarrierGate(partition.log(), clock).close(request.getCloseAtLeast());
    return position.thenApply(p ->
        GetOffsetResponse.newBuilder().setOffset(p.offset()).setClosedStamp(p.closed()).build());
  }

  @Override
  public PullResponse pull(PullRequest request) {
    int records = request.getMaxRecords() == 0 ? PULL_RECORDS_MAX : request.getMaxRecords();
    long bytes = request.getMaxBytes() == 0 ? config.limits().pullBytes() : request.getMaxBytes();
    Partition partition = partition(request.getPartition());
    Predicate<Record> filter = ShardFilters.of(request.getFilter());
    return read(
        partition,
        () ->
            partition.pull(
                request.getFromOffset(),
                Math.clamp(records, 1, PULL_RECORDS_MAX),
                Math.clamp(bytes, 1, config.limits().pullBytes()),
                filter));
  }

  /** What is read while the partition leaves this node may fail by that alone. */
  private PullResponse read(Partition partition, Supplier<PullResponse> read) {
    try {
      return read.get();
    } catch (RuntimeException e) {
      if (partitions.get(partition.number()) != partition) {
        throw notHere(partition.number());
      }
      throw e;
    }
  }

  @Override
  public Subscription tail(TailRequest request, TailListener listener) {
    Partition partition = partition(request.getPartition());
    Predicate<Record> filter = ShardFilters.of(request.getFilter());
    if (tailCount.incrementAndGet() > config.limits().tails()) {
      tailCount.decrementAndGet();
      throw new VecraftException(
          ErrorCode.BACK_PRESSURE, config.limits().tails() + " tails are open, which is the limit");
    }
    var session = new TailSession[1];
    session[0] =
        new TailSession(
            "journal-tail-" + partition.number(),
            partition.log().committed(),
            Math.max(1, request.getFromOffset()),
            request.getRecordsOnly() ? Optional.empty() : Optional.of(logs.closesToldAfter()),
            from ->
                request.getPositionsOnly()
                    ? partition.position(from)
                    : read(
                        partition,
                        () ->
                            partition.pull(
                                from, PULL_RECORDS_MAX, config.limits().pullBytes(), filter)),
            listener,
            () -> {
              tails.remove(session[0]);
              tailCount.decrementAndGet();
            });
    tails.put(session[0], partition.number());
    return session[0].start();
  }

  @Override
  public TraceResponse trace(TraceRequest request) {
    int limit =
        request.getLimit() == 0
            ? TRACE_LIMIT_DEFAULT
            : Math.clamp(request.getLimit(), 1, TRACE_LIMIT_MAX);
    Collection<Partition> searched =
        request.getPartitionsCount() == 0
            ? partitions.values()
            : request.getPartitionsList().stream().map(this::partition).toList();
    List<TracedRecord> found =
        searched.stream()
            .flatMap(p -> Tracer.trace(p, request, limit).stream())
            .sorted(Comparator.comparingLong(r -> r.getRecord().getStamp()))
            .limit(limit)
            .toList();
    if (!found.isEmpty()) {
      // Whoever is told of a write must find the clock at or above it.
      Waiting.of(clock.store(found.getLast().getRecord().getStamp()), "storing the stamps found");
    }
    return TraceResponse.newBuilder().addAllRecords(found).build();
  }

  @Override
  public FindReuseResponse findReuse(FindReuseRequest request) {
    boolean reused =
        partitions.values().stream()
            .anyMatch(p ->
                p.log()
                    .isReused(
                        request.getRequestId(),
                        request.getPrincipal(),
                        request.getRequestDigest()));
    return FindReuseResponse.newBuilder().setReused(reused).build();
  }

  @Override
  public FindRememberedResponse findRemembered(FindRememberedRequest request) {
    return RememberedScan.of(
        partition(request.getPartition()),
        request.getUnknownTo() == 0
            ? Optional.empty()
            : Optional.of(partition(request.getUnknownTo())),
        request,
        config.dedupWindow(),
        config.limits().pullBytes());
  }

  @Override
  public StatusResponse status() {
    return StatusResponse.newBuilder()
        .setClusterId(identity.clusterId().toString())
        .setIncarnation(identity.incarnation())
        .addAllPartitions(partitions.values().stream().map(Partition::status).toList())
        .build();
  }

  /**
   * Removes the oldest segments of a DATA partition or of TRANSACTION, never what the dedup window
   * covers. SYSTEM is kept: it is small, and catalogs are made from its first record on.
   *
   * @param belowOffset nobody needs records before it any more
   * @param belowStamp records from this stamp on are kept
   * @param keepBytes that much of the partition is kept
   * @return how many segments were removed
   */
  public int truncate(int partition, long belowOffset, long belowStamp, long keepBytes) {
    if (partition == Partitions.SYSTEM) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, "SYSTEM is not truncated", "partition");
    }
    Partition of = partition(partition);
    long remembered =
        of.log().lastStamp()
            - Math.multiplyExact(config.dedupWindow().toMillis(), Stamp.of(1, 0, 0));
    return of.store().truncate(belowOffset, Math.min(belowStamp, remembered), keepBytes);
  }

  /** Bytes of appends that are accepted and not answered. */
  public long inFlightBytes() {
    return admission.inFlightBytes();
  }

  /**
   * Reads every sealed segment and checks it; blocks for as long as that takes.
   *
   * @return what is damaged, one line each
   */
  public List<String> scrub() {
    return partitions.values().stream().flatMap(p -> p.store().scrub().stream()).toList();
  }

  private void scrubLoop() {
    try {
      while (true) {
        Thread.sleep(config.scrubEvery());
        scrub();
      }
    } catch (InterruptedException e) {
      log.debug("the scrubber ends");
    }
  }

  /**
   * Changes of the members and the leaders of replicated partitions, at this node.
   *
   * @throws VecraftException {@code invalid_argument} if this is not a node of a replicated journal
   */
  public ReplicaAdmin admin() {
    if (logs instanceof RaftLogs replicated) {
      return new ReplicaAdmin(replicated);
    }
    throw new VecraftException(ErrorCode.INVALID_ARGUMENT, "this journal has one replica");
  }

  /** Ends in order: partitions that this node leads are handed over first. */
  @Override
  public void close() {
    growing.lock();
    try {
      closed = true;
    } finally {
      growing.unlock();
    }
    logs.drain();
    scrubber.ifPresent(Thread::interrupt);
    var closing = new VecraftException(ErrorCode.UNAVAILABLE, "the journal is closed");
    tails.keySet().forEach(t -> t.end(closing));
    close(partitions.values(), List.of(logs), lock);
  }

  private static VecraftException notHere(int partition) {
    return new VecraftException(
        ErrorCode.NOT_READY, "partition " + partition + " is not here, perhaps not yet");
  }

  private Partition partition(int number) {
    Partition partition = partitions.get(number);
    if (partition == null && logs instanceof RaftLogs && Partitions.isNumber(number)) {
      throw notHere(number);
    }
    if (partition == null) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          "partition %s is not one of %s"
              .formatted(Integer.toUnsignedString(number), partitions.keySet()),
          "partition");
    }
    return partition;
  }
}
