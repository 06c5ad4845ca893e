package io.vecraft.control;

import io.vecraft.journal.client.Attempts;
import io.vecraft.journal.client.Closing;
import io.vecraft.journal.client.FollowedCatalog;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.meta.LeaderElection;
import io.vecraft.journal.meta.placement.ReplicaPlan;
import io.vecraft.proto.journal.ClusterRecord;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the replicas of shards where they are wanted, the shards in the partitions where they are
 * wanted, and the journal's nodes as many as there are to be: it observes, plans, applies and
 * reports, again and again ({@link ControlLoop}, {@link ShardMoveLoop}, {@link JournalLoop}). Of
 * several that stand for election one does so. A cluster goes on reading and writing without.
 *
 * <p>Safe for concurrent use.
 */
public final class Control implements AutoCloseable {
  /** How long one that is gone is not followed. */
  private static final Duration LEADERSHIP = Duration.ofSeconds(10);

  private final LeaderElection election;
  private final ControlLoop loop;
  private final ShardMoveLoop shards;
  private final ClockOffsets offsets;
  private final Closing parts;

  private Control(
      LeaderElection election,
      ControlLoop loop,
      ShardMoveLoop shards,
      ClockOffsets offsets,
      Closing parts) {
    this.election = election;
    this.loop = loop;
    this.shards = shards;
    this.offsets = offsets;
    this.parts = parts;
  }

  /**
   * How it controls.
   *
   * @param plan what is wanted
   * @param grace how long a storage node may be away before its replicas are made elsewhere, and a
   *     journal node before a spare gets its place
   * @param interval from the end of one pass to the beginning of the next
   * @param maxClockOffset machine clocks further apart than this are warned of, and a journal node
   *     with such a clock is to lead nothing
   */
  public record Settings(
      ReplicaPlan.Settings plan, Duration grace, Duration interval, Duration maxClockOffset) {
    public Settings {
      if (grace.isNegative() || interval.toMillis() < 1) {
        throw new IllegalArgumentException("grace is at least 0 and the interval at least 1 ms");
      }
    }
  }

  /**
   * Starts it; returns once it stands for election. Waits until the cluster has a record and its
   * journal answers, and ends with an exception when it is interrupted meanwhile.
   */
  public static Control start(Surroundings around, Settings settings) {
    var parts = new Closing();
    try {
      return assemble(around, settings, parts);
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  private static Control assemble(Surroundings around, Settings settings, Closing parts) {
    ClusterRecord cluster = Attempts.cluster(around.registry());
    JournalConnection journal =
        parts.add(JournalConnection.open(cluster, around.channels(), settings.maxClockOffset()));
    FollowedCatalog catalog = parts.add(FollowedCatalog.open(around.meta(), journal));
    var offsets =
        parts.add(ClockOffsets.follow(around.registry(), around.time(), settings.maxClockOffset()));
    var observer = parts.add(StorageObserver.follow(around, journal.clock(), settings.grace()));
    LeaderElection election = parts.add(around.registry().electControl(around.name(), LEADERSHIP));
    var writer = new ReplicaMapWriter(journal.journal(), around.name());
    ControlLoop loop =
        parts.add(ControlLoop.start(around, election, catalog, observer, writer, settings));
    parts.add(JournalLoop.start(around, cluster, catalog, loop::epoch, writer, offsets, settings));
    ShardMoveLoop shards =
        parts.add(
            ShardMoveLoop.start(
                around, journal.journal(), catalog, loop::epoch, settings.interval()));
    return new Control(election, loop, shards, offsets, parts);
  }

  /** Whether the metadata store answers; without it nobody can lead. */
  public boolean isAnswered() {
    return election.isAnswered();
  }

  /** Whether this one was elected. */
  public boolean leads() {
    return election.leads();
  }

  /** What was last observed; empty while this one does not lead. */
  public Optional<Observation> observed() {
    return loop.observed();
  }

  /** What it counts. */
  public ControlFigures figures() {
    Optional<Observation> observed = observed();
    return new ControlFigures(
        leads(),
        loop.changes(),
        shards.moved(),
        loop.failures(),
        observed.map(ControlFigures::stages).orElse(Map.of()),
        observed.map(ControlFigures::presences).orElse(Map.of()),
        offsets.seconds());
  }

  /** Ends the pass under way and gives leadership back. Idempotent. */
  @Override
  public void close() {
    parts.close();
  }
}
