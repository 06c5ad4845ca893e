package io.vecraft.storage.rpc;

import com.google.common.collect.ImmutableMap;
import io.vecraft.proto.storage.ReplicaState;
import io.vecraft.proto.storage.ShardRef;
import io.vecraft.proto.storage.WatchResponse;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The replicas of a node in another process, as it has told. Of what it tells, a version that is
 * known already says nothing new; after another start of the process everything is new. Safe for
 * concurrent use.
 */
final class RemoteReplicas {
  private final Function<RemoteReplica, RemoteShardReader> readerOf;
  private volatile View view = new View(0, 0, 0, ImmutableMap.of(), false); // changed under this

  /**
   * @param readerOf makes the reader of a replica
   */
  RemoteReplicas(Function<RemoteReplica, RemoteShardReader> readerOf) {
    this.readerOf = readerOf;
  }

  private record View(
      long startId,
      long version,
      long catalogStamp,
      ImmutableMap<ShardId, RemoteShardReader> readers,
      boolean serving) {}

  boolean serving() {
    return view.serving;
  }

  long catalogStamp() {
    return view.catalogStamp;
  }

  Optional<ShardReader> reader(ShardId shard) {
    View now = view;
    return now.serving ? Optional.ofNullable(now.readers.get(shard)) : Optional.empty();
  }

  List<ShardReader> readers() {
    View now = view;
    return now.serving ? List.copyOf(now.readers.values()) : List.of();
  }

  /** Whether the process that the replica is known from is the one that is heard. */
  boolean has(RemoteReplica replica) {
    View now = view;
    return now.serving && now.startId == replica.startId();
  }

  /**
   * The watch has told something.
   *
   * @param first the first message of a watch
   * @return whether the process has started since it was last heard
   */
  synchronized boolean told(WatchResponse state, boolean first) {
    boolean started = state.getStartId() != view.startId;
    if (started || first) {
      if (!state.getFull()) {
        return false;
      }
      if (started) {
        view =
            new View(
                state.getStartId(),
                state.getVersion(),
                state.getCatalogStamp(),
                changed(ImmutableMap.of(), state),
                true);
        return true;
      }
    }
    apply(state);
    if (!view.serving) {
      view = new View(view.startId, view.version, view.catalogStamp, view.readers, true);
    }
    return false;
  }

  /** A call was answered with the node's state; false when it is not that of this process. */
  synchronized boolean answered(WatchResponse state) {
    if (state.getStartId() != view.startId) {
      return false;
    }
    apply(state);
    return true;
  }

  private void apply(WatchResponse state) {
    if (state.getVersion() > view.version) {
      view =
          new View(
              view.startId,
              state.getVersion(),
              Math.max(view.catalogStamp, state.getCatalogStamp()),
              changed(view.readers, state),
              view.serving);
    }
  }

  private ImmutableMap<ShardId, RemoteShardReader> changed(
      ImmutableMap<ShardId, RemoteShardReader> before, WatchResponse state) {
    Map<ShardId, RemoteShardReader> next =
        state.getFull() ? new HashMap<>() : new HashMap<>(before);
    for (ShardRef removed : state.getRemovedList()) {
      next.remove(WireReads.fromWire(removed));
    }
    for (ReplicaState replica : state.getStatesList()) {
      ShardId shard = WireReads.fromWire(replica.getShard());
      RemoteShardReader known = before.get(shard);
      if (known != null && known.replica().instance() == replica.getInstance()) {
        known.replica().told(replica);
        next.put(shard, known);
      } else {
        next.put(shard, readerOf.apply(new RemoteReplica(shard, state.getStartId(), replica)));
      }
    }
    return next.equals(before) ? before : ImmutableMap.copyOf(next);
  }

  /** The process is not heard any more; whether it was until now. */
  synchronized boolean lost() {
    boolean was = view.serving;
    view = new View(view.startId, view.version, view.catalogStamp, view.readers, false);
    return was;
  }
}
