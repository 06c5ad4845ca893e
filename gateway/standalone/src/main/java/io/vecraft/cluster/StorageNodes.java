package io.vecraft.cluster;

import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.proto.journal.NodeRegistration;
import io.vecraft.storage.read.StorageNodeView;
import io.vecraft.storage.rpc.RemoteCheckpoints;
import io.vecraft.storage.rpc.RemoteStorageNode;
import io.vecraft.storage.rpc.RemoteStorageSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The storage nodes of a cluster as they register. A node whose registration is gone is kept as
 * long as it still serves: the registration may be missing because the metadata store was away.
 *
 * <p>Safe for concurrent use; {@link #now} costs nothing.
 */
final class StorageNodes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StorageNodes.class);

  private final Node node;
  private final boolean storage;
  private final AutoCloseable mirror;
  private final Map<String, Known> known = new HashMap<>(); // guarded by this
  private volatile List<StorageNodeView> views = List.of();

  private record Place(HostAndPort address, String pool) {}

  private record Known(Place place, RemoteStorageNode view) {}

  private StorageNodes(Node node, boolean storage) {
    this.node = node;
    this.storage = storage;
    this.mirror = node.registry().follow("storage", this::registered);
  }

  static StorageNodes follow(Node node) {
    return new StorageNodes(node, false);
  }

  /** All but this process, which is a storage node itself. */
  static StorageNodes others(Node node) {
    return new StorageNodes(node, true);
  }

  private synchronized void registered(List<NodeRegistration> nodes) {
    var names = new HashMap<String, Place>();
    nodes.forEach(
        n -> names.put(n.getName(), new Place(HostAndPort.of(n.getAddress()), NodePool.of(n))));
    if (storage) {
      names.remove(node.settings().name());
    }
    names.forEach((name, place) -> {
      Known before = known.get(name);
      if (before == null || !before.place().equals(place)) {
        LOG.info("storage node {} is at {}, in the pool {}", name, place.address(), place.pool());
        known.put(
            name,
            new Known(
                place,
                new RemoteStorageNode(
                    name,
                    place.pool(),
                    node.channels().to(place.address()),
                    RemoteStorageSettings.defaults())));
        if (before != null) {
          before.view().close();
        }
      }
    });
    known
        .entrySet()
        .removeIf(entry -> {
          boolean gone =
              !names.containsKey(entry.getKey()) && entry.getValue().view().readers().isEmpty();
          if (gone) {
            LOG.info("storage node {} is gone", entry.getKey());
            entry.getValue().view().close();
          }
          return gone;
        });
    var now = new ArrayList<StorageNodeView>();
    known.values().forEach(k -> now.add(k.view()));
    views = List.copyOf(now);
  }

  /** Those known now. */
  List<StorageNodeView> now() {
    return views;
  }

  /** The checkpoints of those that are heard now. */
  synchronized List<RemoteCheckpoints> checkpoints() {
    var sources = new ArrayList<RemoteCheckpoints>();
    known.forEach((name, k) -> {
      if (k.view().serving()) {
        sources.add(new RemoteCheckpoints(name, node.channels().to(k.place().address())));
      }
    });
    return sources;
  }

  @Override
  public void close() throws Exception {
    mirror.close();
    synchronized (this) {
      known.values().forEach(k -> k.view().close());
      known.clear();
    }
  }
}
