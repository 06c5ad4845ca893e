package io.vecraft.journal.log.raft;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Settings of a node that replicates partitions; immutable.
 *
 * @param self this node
 * @param members of every partition when the cluster is made, the same list on all of them; later
 *     each partition's own log says who its members are. A node that is not among them waits to be
 *     added
 * @param clusterId nodes of different clusters never speak to each other
 * @param directory where the consensus logs are kept, of this node alone
 * @param electionTimeoutMin a follower sleeps again and again, for this long at least, and stands
 *     for election when it has heard nothing during the whole of one such sleep; heartbeats are
 *     sent at half of it
 * @param electionTimeoutMax longest such sleep, so that it is noticed after twice as long at the
 *     latest; a leader that reaches no majority for this long steps down
 * @param entryBytes the largest entry; it sizes a buffer of every partition
 * @param pendingBytes entries of one partition proposed and not decided; above it {@code
 *     back_pressure}
 * @param pendingEntries the same, counted
 * @param checkpointBytes a partition's segments are synced and the applied position is noted after
 *     this many bytes
 * @param checkpointEntries and after this many entries; what a restart replays at most
 * @param logBytes of a partition's entries that are kept for members that lag or are away; one that
 *     comes back later gets another replica's files instead
 * @param tls certificates with which replicas prove themselves to each other; empty: the Raft port
 *     is open to whoever reaches it
 */
public record RaftConfig(
    RaftMember self,
    List<RaftMember> members,
    UUID clusterId,
    Path directory,
    Duration electionTimeoutMin,
    Duration electionTimeoutMax,
    int entryBytes,
    long pendingBytes,
    int pendingEntries,
    long checkpointBytes,
    int checkpointEntries,
    long logBytes,
    Optional<RaftTls> tls) {
  static final int ENTRY_BYTES_MIN = 64 << 10;
  static final int ENTRY_BYTES_MAX = 128 << 20;

  public RaftConfig {
    members = List.copyOf(members);
    if (members.stream().map(RaftMember::name).distinct().count() < members.size()) {
      throw new IllegalArgumentException("two members of one name in " + members);
    }
    if (electionTimeoutMin.toMillis() < 50
        || electionTimeoutMax.compareTo(electionTimeoutMin) <= 0
        || electionTimeoutMax.toMinutes() > 1) {
      throw new IllegalArgumentException(
          "election timeout %s to %s, not rising between 50 ms and 1 min"
              .formatted(electionTimeoutMin, electionTimeoutMax));
    }
    if (entryBytes < ENTRY_BYTES_MIN || entryBytes > ENTRY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "entry bytes %d not in %d..%d".formatted(entryBytes, ENTRY_BYTES_MIN, ENTRY_BYTES_MAX));
    }
    if (pendingBytes < entryBytes || pendingEntries < 2) {
      throw new IllegalArgumentException("pending entries do not hold one of the largest size");
    }
    if (checkpointBytes < 1 || checkpointEntries < 1 || logBytes < 1) {
      throw new IllegalArgumentException("a limit of the log is not positive");
    }
  }

  /**
   * The defaults: election timeout 1 to 2 s, entries of up to 4 MiB, 64 MiB or 4,096 of them
   * pending, a checkpoint each 64 MiB or 20,000 entries, 1 GiB of log for those that lag.
   */
  public static RaftConfig defaults(
      RaftMember self, List<RaftMember> members, UUID clusterId, Path directory) {
    return new RaftConfig(
        self,
        members,
        clusterId,
        directory,
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        4 << 20,
        64L << 20,
        4096,
        64L << 20,
        20_000,
        1L << 30,
        Optional.empty());
  }

  public RaftConfig withElectionTimeout(Duration min, Duration max) {
    return new RaftConfig(
        self,
        members,
        clusterId,
        directory,
        min,
        max,
        entryBytes,
        pendingBytes,
        pendingEntries,
        checkpointBytes,
        checkpointEntries,
        logBytes,
        tls);
  }

  public RaftConfig withEntryBytes(int value) {
    return new RaftConfig(
        self,
        members,
        clusterId,
        directory,
        electionTimeoutMin,
        electionTimeoutMax,
        value,
        Math.max(pendingBytes, value),
        pendingEntries,
        checkpointBytes,
        checkpointEntries,
        logBytes,
        tls);
  }

  public RaftConfig withCheckpoint(long bytes, int entries) {
    return new RaftConfig(
        self,
        members,
        clusterId,
        directory,
        electionTimeoutMin,
        electionTimeoutMax,
        entryBytes,
        pendingBytes,
        pendingEntries,
        bytes,
        entries,
        logBytes,
        tls);
  }

  public RaftConfig withLogBytes(long value) {
    return new RaftConfig(
        self,
        members,
        clusterId,
        directory,
        electionTimeoutMin,
        electionTimeoutMax,
        entryBytes,
        pendingBytes,
        pendingEntries,
        checkpointBytes,
        checkpointEntries,
        value,
        tls);
  }

  public RaftConfig withTls(Optional<RaftTls> value) {
    return new RaftConfig(
        self,
        members,
        clusterId,
        directory,
        electionTimeoutMin,
        electionTimeoutMax,
        entryBytes,
        pendingBytes,
        pendingEntries,
        checkpointBytes,
        checkpointEntries,
        logBytes,
        value);
  }
}
