package io.vecraft.storage.rpc;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.storage.ReplicaState;
import io.vecraft.proto.storage.WatchResponse;
import io.vecraft.storage.read.ShardId;
import io.vecraft.storage.read.ShardReader;
import io.vecraft.storage.read.StorageNodeView;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the replicas of a node stand, as its watchers know it.
 *
 * <p>Each look at the node that finds something changed is a version. A watcher that has had the
 * version before gets what has changed, one that has not (new, or too slow) gets all. A replica
 * that is another object than before counts as made anew: it has another instance number, and its
 * values may be smaller. Safe for concurrent use.
 */
final class NodeStates {
  private final StorageNodeView node;
  private final long startId;
  private final Map<ShardId, Replica> replicas = new ConcurrentHashMap<>(); // changed under this

  // Guarded by this.
  private final List<Watched> watchers = new ArrayList<>();
  private long version = 1;
  private long catalogStamp;
  private int instances;
  private boolean ended;

  NodeStates(StorageNodeView node, long startId) {
    this.node = node;
    this.startId = startId;
  }

  /** Somebody who is told of changes. Called under the lock: must not block. */
  interface Watcher {
    /** Whether a message would be taken now. */
    boolean ready();

    void tell(WatchResponse state);

    /** Nothing will be told any more. */
    void end();
  }

  /** A replica and where it stood when last looked at. */
  static final class Replica {
    private final ShardReader reader;
    private final int instance;

    // Guarded by the lock of NodeStates.
    private ReplicaState state = ReplicaState.getDefaultInstance();

    Replica(ShardReader reader, int instance) {
      this.reader = reader;
      this.instance = instance;
    }

    ShardReader reader() {
      return reader;
    }

    int instance() {
      return instance;
    }

    /** Looks again; whether anything has changed. */
    private boolean look() {
      long frontier = reader.frontier();
      long safePoint = reader.safePoint();
      long known = Math.max(frontier, reader.knownStamp());
      boolean readable = state.hasOperationsApplied();
      if (readable
          && state.getFrontier() == frontier
          && state.getSafePoint() == safePoint
          && state.getKnownStamp() == known) {
        return false;
      }
      var next =
          ReplicaState.newBuilder()
              .setShard(WireReads.toWire(reader.shard()))
              .setInstance(instance)
              .setFrontier(frontier)
              .setSafePoint(safePoint)
              .setKnownStamp(known);
      operationsApplied(reader, frontier).ifPresent(next::setOperationsApplied);
      ReplicaState looked = next.build();
      boolean changed = !looked.equals(state);
      state = looked;
      return changed;
    }
  }

  /** Operations applied up to a stamp; empty while the replica cannot be read. */
  static Optional<Long> operationsApplied(ShardReader reader, long asOf) {
    try {
      return Optional.of(reader.operationsApplied(asOf));
    } catch (VecraftException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static final class Watched {
    private final Watcher watcher;
    private final long heartbeatNanos;
    private long version;
    private long toldNanos;

    Watched(Watcher watcher, long heartbeatNanos) {
      this.watcher = watcher;
      this.heartbeatNanos = heartbeatNanos;
    }
  }

  /**
   * The node's replica of a shard.
   *
   * @throws VecraftException {@code unavailable} when it has none
   */
  Replica replica(ShardId shard) {
    ShardReader reader =
        node.reader(shard)
            .orElseThrow(() ->
                new VecraftException(
                    ErrorCode.UNAVAILABLE,
                    "storage node %s has no replica of shard %d of collection %d"
                        .formatted(node.name(), shard.shard(), shard.collectionId())));
    Replica known = replicas.get(shard);
    if (known != null && known.reader == reader) {
      return known;
    }
    synchronized (this) {
      look();
      Replica seen = replicas.get(shard);
      return seen != null && seen.reader == reader ? seen : new Replica(reader, 0);
    }
  }

  /** Tells the watcher everything, and from now on what changes. */
  synchronized void watch(Watcher watcher, long heartbeatNanos) {
    if (ended) {
      watcher.end();
      return;
    }
    look();
    var watched = new Watched(watcher, heartbeatNanos);
    watchers.add(watched);
    tell(watched, full());
  }

  synchronized void unwatch(Watcher watcher) {
    watchers.removeIf(w -> w.watcher == watcher);
  }

  long startId() {
    return startId;
  }

  synchronized int watchers() {
    return watchers.size();
  }

  /** Ends all watches, and those that are still to come. */
  synchronized void end() {
    ended = true;
    List<Watched> all = List.copyOf(watchers);
    watchers.clear();
    all.forEach(watched -> watched.watcher.end());
  }

  /** All there is, now. */
  synchronized WatchResponse all() {
    look();
    return full();
  }

  /** Looks at the node, tells watchers what has changed, and those that have long heard nothing. */
  synchronized void look() {
    WatchResponse.Builder changes = message();
    var seen = new HashSet<ShardId>();
    for (ShardReader reader : node.readers()) {
      seen.add(reader.shard());
      Replica replica = replicas.get(reader.shard());
      if (replica == null || replica.reader != reader) {
        replica = new Replica(reader, ++instances);
        replicas.put(reader.shard(), replica);
      }
      if (replica.look()) {
        changes.addStates(replica.state);
      }
    }
    if (seen.size() < replicas.size()) {
      for (Iterator<ShardId> all = replicas.keySet().iterator(); all.hasNext(); ) {
        ShardId shard = all.next();
        if (!seen.contains(shard)) {
          all.remove();
          changes.addRemoved(WireReads.toWire(shard));
        }
      }
    }
    long catalog = node.catalog().stamp();
    if (changes.getStatesCount() > 0 || changes.getRemovedCount() > 0 || catalog != catalogStamp) {
      catalogStamp = catalog;
      version++;
    }
    tellAll(changes.setVersion(version).setCatalogStamp(catalogStamp).build());
  }

  private void tellAll(WatchResponse changes) {
    Optional<WatchResponse> full = Optional.empty();
    long now = System.nanoTime();
    for (Watched watched : List.copyOf(watchers)) {
      if (watched.version == version) {
        if (now - watched.toldNanos >= watched.heartbeatNanos && watched.watcher.ready()) {
          tell(watched, message().setVersion(version).setCatalogStamp(catalogStamp).build());
        }
      } else if (watched.watcher.ready()) {
        if (watched.version == version - 1) {
          tell(watched, changes);
        } else {
          full = Optional.of(full.orElseGet(this::full));
          tell(watched, full.get());
        }
      }
    }
  }

  private void tell(Watched watched, WatchResponse message) {
    watched.version = version;
    watched.toldNanos = System.nanoTime();
    watched.watcher.tell(message);
  }

  private WatchResponse full() {
    WatchResponse.Builder all = message().setVersion(version).setFull(true);
    replicas.values().forEach(replica -> all.addStates(replica.state));
    return all.setCatalogStamp(catalogStamp).build();
  }

  private WatchResponse.Builder message() {
    return WatchResponse.newBuilder().setNode(node.name()).setStartId(startId);
  }
}
