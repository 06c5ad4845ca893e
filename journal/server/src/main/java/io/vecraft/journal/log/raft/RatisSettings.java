package io.vecraft.journal.log.raft;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** Ratis's settings, each where its default would be wrong here. */
final class RatisSettings {
  private static final long MIB = 1 << 20;
  private static final int LOG_SEGMENT_BYTES = 16 << 20;
  private static final int LOG_SEGMENT_BYTES_MIN = 64 << 10;
  private static final int PREALLOCATED_BYTES = 4 << 20;
  private static final int CACHED_LOG_SEGMENTS = 2;
  private static final int PRESERVED_ENTRIES = 64;
  private static final int PURGE_GAP = 16;

  /** What Ratis adds to an entry of ours: client id, call id, term, index. */
  private static final int ENTRY_OVERHEAD_BYTES = 1 << 10;

  /** How often a leader tries a follower again at once, which has lost its connection perhaps. */
  private static final int IMMEDIATE_RETRIES = 10;

  private RatisSettings() {}

  static RaftProperties of(RaftConfig config) {
    var p = new RaftProperties();
    RaftConfigKeys.Rpc.setType(p, SupportedRpcType.GRPC);
    log(p, config);
    checkpoints(p, config);
    elections(p, config);
    grpc(p, config);
    return p;
  }

  /** Where a group that is added from now on is kept. */
  static void storeIn(RaftProperties p, Path directory) {
    RaftServerConfigKeys.setStorageDir(p, List.of(directory.toFile()));
    RaftServerConfigKeys.setRemovedGroupsDir(p, new File(directory.toFile(), "removed"));
  }

  private static int entryBytes(RaftConfig config) {
    return config.entryBytes() + ENTRY_OVERHEAD_BYTES;
  }

  private static void log(RaftProperties p, RaftConfig config) {
    SizeInBytes entry = SizeInBytes.valueOf(entryBytes(config));
    // A flush is waited for: the other ways take entries as flushed that are not.
    RaftServerConfigKeys.Log.setAsyncFlushEnabled(p, false);
    RaftServerConfigKeys.Log.setUnsafeFlushEnabled(p, false);
    RaftServerConfigKeys.Log.StateMachineData.setSync(p, true);
    RaftServerConfigKeys.Log.setCorruptionPolicy(p, CorruptionPolicy.EXCEPTION);
    // Else an entry that says what is committed would follow each one.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);
    // Each group has a direct buffer that holds the largest entry.
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, entry);
    RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(entryBytes(config) + 64L));
    // A log is purged by whole segments.
    long segment = Math.clamp(config.logBytes() / 8, LOG_SEGMENT_BYTES_MIN, LOG_SEGMENT_BYTES);
    RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf(segment));
    RaftServerConfigKeys.Log.setPreallocatedSize(
        p, SizeInBytes.valueOf(Math.min(segment, PREALLOCATED_BYTES)));
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, CACHED_LOG_SEGMENTS);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(
        p, SizeInBytes.valueOf(Math.max(2L * LOG_SEGMENT_BYTES, 4L * entryBytes(config))));
    // Above what we let in ourselves, so that Ratis never blocks or refuses first.
    long pending = config.pendingBytes() + 2L * entryBytes(config);
    RaftServerConfigKeys.Log.setQueueByteLimit(p, SizeInBytes.valueOf(2 * pending));
    RaftServerConfigKeys.Log.setQueueElementLimit(p, 2 * config.pendingEntries());
    RaftServerConfigKeys.Write.setByteLimit(p, SizeInBytes.valueOf(pending + 16 * MIB));
    RaftServerConfigKeys.Write.setElementLimit(p, 2 * config.pendingEntries());
    // The journal knows retries by itself, after a restart too.
    RaftServerConfigKeys.RetryCache.setExpiryTime(p, seconds(1));
  }

  private static void checkpoints(RaftProperties p, RaftConfig config) {
    // How often Ratis asks; the replica answers with its checkpoint, which is due by bytes too.
    long every =
        Math.clamp(config.checkpointBytes() / config.entryBytes(), 1, config.checkpointEntries());
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(p, every);
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(p, true);
    // The replica says how far, and thinks of the members that lag, within limits.
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
    RaftServerConfigKeys.Log.setPurgePreservationLogNum(p, PRESERVED_ENTRIES);
    RaftServerConfigKeys.Log.setPurgeGap(p, PURGE_GAP);
    // Not Ratis's transfer of files: the replica gets what it lacks by itself.
    RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(p, false);
  }

  private static void elections(RaftProperties p, RaftConfig config) {
    TimeDuration min = millis(config.electionTimeoutMin().toMillis());
    TimeDuration max = millis(config.electionTimeoutMax().toMillis());
    RaftServerConfigKeys.Rpc.setTimeoutMin(p, min);
    RaftServerConfigKeys.Rpc.setTimeoutMax(p, max);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, min);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, max);
    RaftServerConfigKeys.Rpc.setRequestTimeout(p, max.multiply(2));
    RaftServerConfigKeys.LeaderElection.setPreVote(p, true);
    RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(p, false);
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, max);
    // A follower that comes back hears of its leader before it stands for election: Ratis itself
    // would let it wait for 5 s between tries once thirty have failed, which is after some seconds.
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(
        p,
        "1ms,%d, %dms,%d"
            .formatted(
                IMMEDIATE_RETRIES, config.electionTimeoutMin().toMillis() / 4, Integer.MAX_VALUE));
    // A process that was paused comes back as a follower; it does not end.
    RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(365, TimeUnit.DAYS));
    RaftServerConfigKeys.setSleepDeviationThreshold(p, min);
  }

  private static void grpc(RaftProperties p, RaftConfig config) {
    GrpcConfigKeys.Server.setHost(p, config.self().host());
    GrpcConfigKeys.Server.setPort(p, config.self().port());
    GrpcConfigKeys.setMessageSizeMax(p, SizeInBytes.valueOf(entryBytes(config) + 2 * MIB));
    GrpcConfigKeys.setFlowControlWindow(p, SizeInBytes.valueOf(Math.max(MIB, entryBytes(config))));
  }

  private static TimeDuration millis(long value) {
    return TimeDuration.valueOf(value, TimeUnit.MILLISECONDS);
  }

  private static TimeDuration seconds(long value) {
    return TimeDuration.valueOf(value, TimeUnit.SECONDS);
  }
}
