package io.vecraft.journal.server;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.journal.log.LocalLog;
import io.vecraft.journal.log.Position;
import io.vecraft.journal.partition.PartitionSettings;
import io.vecraft.journal.segment.DiskFiles;
import io.vecraft.journal.segment.FatalError;
import io.vecraft.journal.segment.FileAccess;
import io.vecraft.journal.segment.SegmentSettings;
import io.vecraft.journal.segment.SegmentStore;
import io.vecraft.journal.time.MachineTime;
import io.vecraft.journal.time.Stamp;
import io.vecraft.journal.time.StampClock;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.AppendBatchRequest;
import io.vecraft.proto.journal.AppendBatchResponse;
import io.vecraft.proto.journal.AppendResult;
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
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All partitions of a journal in one process, each a {@link LocalLog}.
 *
 * <p>Directory: {@code identity}, {@code lock}, and {@code partition-NNN/} with the segments. Safe
 * for concurrent use.
 */
public final class JournalServer implements JournalApi, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JournalServer.class);
  private static final int TRACE_LIMIT_DEFAULT = 100;
  private static final int TRACE_LIMIT_MAX = 10_000;
  private static final int PULL_RECORDS_MAX = 100_000;
  private static final long STORE_TIMEOUT_MS = 5_000;

  private final JournalConfig config;
  private final ClusterIdentity identity;
  private final StampClock clock;
  private final DirectoryLock lock;
  private final TreeMap<Integer, Partition> partitions = new TreeMap<>();
  private final Admission admission;
  private final Set<TailSession> tails = ConcurrentHashMap.newKeySet();
  private final AtomicLong tailCount = new AtomicLong();
  private final Optional<Thread> scrubber;

  private JournalServer(
      JournalConfig config,
      ClusterIdentity identity,
      StampClock clock,
      DirectoryLock lock,
      Collection<Partition> opened,
      FileAccess files) {
    this.config = config;
    this.identity = identity;
    this.clock = clock;
    this.lock = lock;
    opened.forEach(p -> partitions.put(p.number(), p));
    List<SegmentStore> stores = opened.stream().map(Partition::store).toList();
    this.admission = new Admission(config.limits(), config.directory(), files, stores);
    this.scrubber =
        config.scrubEvery().isZero()
            ? Optional.empty()
            : Optional.of(Thread.ofVirtual().name("journal-scrubber").start(this::scrubLoop));
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
    DirectoryLock lock = DirectoryLock.take(config.directory(), "lock");
    var opened = new ArrayList<Partition>();
    try {
      ClusterIdentity identity = identity(config, files);
      for (int number : identity.partitions().all()) {
        opened.add(openPartition(number, config, identity, clock, files, fatal, time));
      }
      long lossIn = opened.stream().mapToLong(p -> p.store().lossIncarnation()).max().orElse(0);
      if (lossIn >= identity.incarnation()) {
        // Offsets that were lost are given again: nobody may take the new records for the old.
        identity = identity.nextIncarnation();
        identity.write(files, config.directory());
      }
      var server = new JournalServer(config, identity, clock, lock, opened, files);
      server.storeRecovered();
      return server;
    } catch (IOException e) {
      opened.forEach(p -> p.log().close());
      lock.close();
      throw new UncheckedIOException("cannot open " + config.directory(), e);
    } catch (RuntimeException e) {
      opened.forEach(p -> p.log().close());
      lock.close();
      throw e;
    }
  }

  private static ClusterIdentity identity(JournalConfig config, FileAccess files)
      throws IOException {
    Optional<ClusterIdentity> found = ClusterIdentity.read(files, config.directory());
    if (found.isEmpty()) {
      boolean segments =
          files.list(config.directory()).stream()
              .anyMatch(p -> p.getFileName().toString().startsWith("partition-"));
      if (segments) {
        throw new VecraftException(
            ErrorCode.DATA_DAMAGED,
            config.directory().resolve(ClusterIdentity.FILE) + " is missing");
      }
      ClusterIdentity made = ClusterIdentity.create(config.partitions());
      made.write(files, config.directory());
      return made;
    }
    if (!found.get().partitions().equals(config.partitions())) {
      throw new VecraftException(
          ErrorCode.CONFLICT,
          "%s has %d data partitions, the configuration says %d"
              .formatted(
                  config.directory(),
                  found.get().partitions().dataPartitions(),
                  config.partitions().dataPartitions()));
    }
    return found.get();
  }

  private static Partition openPartition(
      int number,
      JournalConfig config,
      ClusterIdentity identity,
      StampClock clock,
      FileAccess files,
      FatalError fatal,
      MachineTime time) {
    var segments =
        new SegmentSettings(
            config.directory().resolve("partition-%03d".formatted(number)),
            identity.clusterId(),
            identity.incarnation(),
            number,
            config.segmentBytes(),
            config.segmentAge(),
            config.acceptLoss());
    var settings =
        PartitionSettings.of(
            number, identity.partitions(), config.dedupWindow(), config.dedupBytes());
    SegmentStore.Opened opened = SegmentStore.open(segments, settings, files, fatal, time);
    var local = new LocalLog("journal-" + number, opened, config.limits().tailCacheBytes(), fatal);
    return new Partition(
        number, local, new AppendPipeline(local, clock, config.limits().batchBytes()));
  }

  /**
   * What was recovered may have been durable without its stamp having been stored; readers will see
   * it, so the clock must not fall behind it.
   */
  private void storeRecovered() {
    long stamp = partitions.values().stream().mapToLong(p -> p.log().lastStamp()).max().orElse(0);
    if (stamp > 0) {
      await(clock.store(stamp), "storing the stamp of the last record");
    }
  }

  /** The cluster's id, incarnation and partitions. */
  public ClusterIdentity identity() {
    return identity;
  }

  @Override
  public CompletableFuture<AppendBatchResponse> appendBatch(AppendBatchRequest request) {
    Partition partition = partition(request.getPartition());
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
    CompletableFuture<Position> position =
        new BarrierGate(partition.log(), clock).close(request.getCloseAtLeast());
    return position.thenApply(p ->
        GetOffsetResponse.newBuilder().setOffset(p.offset()).setClosedStamp(p.closed()).build());
  }

  @Override
  public PullResponse pull(PullRequest request) {
    int records = request.getMaxRecords() == 0 ? PULL_RECORDS_MAX : request.getMaxRecords();
    long bytes = request.getMaxBytes() == 0 ? config.limits().pullBytes() : request.getMaxBytes();
    return partition(request.getPartition())
        .pull(
            request.getFromOffset(),
            Math.clamp(records, 1, PULL_RECORDS_MAX),
            Math.clamp(bytes, 1, config.limits().pullBytes()),
            ShardFilters.of(request.getFilter()));
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
            from -> partition.pull(from, PULL_RECORDS_MAX, config.limits().pullBytes(), filter),
            listener,
            () -> {
              tails.remove(session[0]);
              tailCount.decrementAndGet();
            });
    tails.add(session[0]);
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
      await(clock.store(found.getLast().getRecord().getStamp()), "storing the stamps found");
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

  @Override
  public void close() {
    scrubber.ifPresent(Thread::interrupt);
    var closing = new VecraftException(ErrorCode.UNAVAILABLE, "the journal is closed");
    tails.forEach(t -> t.end(closing));
    partitions.values().forEach(p -> p.log().close());
    lock.close();
  }

  private Partition partition(int number) {
    Partition partition = partitions.get(number);
    if (partition == null) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          "partition %s is not one of %s"
              .formatted(Integer.toUnsignedString(number), partitions.keySet()),
          "partition");
    }
    return partition;
  }

  private static void await(CompletableFuture<Void> future, String what) {
    try {
      future.get(STORE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof VecraftException v
          ? v
          : new VecraftException(ErrorCode.UNAVAILABLE, what + " failed: " + e.getCause());
    } catch (TimeoutException e) {
      throw new VecraftException(ErrorCode.UNAVAILABLE, what + " takes too long");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VecraftException(ErrorCode.UNAVAILABLE, what + " was interrupted");
    }
  }
}
