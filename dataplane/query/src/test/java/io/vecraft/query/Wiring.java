package io.vecraft.query;

import io.grpc.Channel;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.journal.rpc.InternalChannels;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.query.rpc.GrpcQueryService;
import io.vecraft.query.rpc.RemoteQueryProcessor;
import io.vecraft.storage.read.StorageNodeView;
import io.vecraft.storage.rpc.FreezableServer;
import io.vecraft.storage.rpc.GrpcStorageService;
import io.vecraft.storage.rpc.RemoteStorageNode;
import io.vecraft.storage.rpc.RemoteStorageSettings;
import io.vecraft.storage.rpc.StorageRpcSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/** How a query processor comes to its storage nodes, and whoever asks to the query processor. */
enum Wiring {
  /** By method calls. */
  ONE_PROCESS,
  /** The storage nodes are behind sockets. */
  REMOTE_STORAGE,
  /** The query processor is, too. */
  REMOTE_QUERY;

  /** Everything of a cluster that is put together in one way. */
  Wired wire(FakeCluster cluster, QueryConfig config) {
    return new Wired(this, cluster, config);
  }

  static final class Wired implements AutoCloseable {
    final QueryProcessor query;
    final List<RemoteStorageNode> remotes = new ArrayList<>();
    final Map<String, FreezableServer> servers = new HashMap<>();
    final Map<String, GrpcStorageService> services = new HashMap<>();
    private final FakeCluster cluster;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final InternalChannels channels = new InternalChannels(Optional.empty());

    private Wired(Wiring wiring, FakeCluster cluster, QueryConfig config) {
      this.cluster = cluster;
      if (wiring == ONE_PROCESS) {
        query = processor(config, cluster.nodes);
        return;
      }
      for (FakeCluster.Node node : cluster.nodes) {
        remotes.add(remote(node));
      }
      settle();
      if (wiring == REMOTE_STORAGE) {
        query = processor(config, remotes);
        return;
      }
      List<Channel> processes = List.of(serve(new GrpcQueryService(processor(config, remotes))));
      RemoteQueryProcessor remote =
          new RemoteQueryProcessor(() -> processes, Duration.ofSeconds(30));
      open.push(remote);
      query = remote;
    }

    private LocalQueryProcessor processor(
        QueryConfig config, List<? extends StorageNodeView> nodes) {
      var processor = new LocalQueryProcessor(config, cluster.access(nodes));
      open.push(processor);
      return processor;
    }

    private RemoteStorageNode remote(FakeCluster.Node node) {
      start(node, 0);
      var remote =
          new RemoteStorageNode(
              node.name(),
              NodePool.SHARED,
              channels.to(servers.get(node.name()).address()),
              RemoteStorageSettings.defaults());
      open.push(remote);
      return remote;
    }

    private void start(FakeCluster.Node node, int port) {
      var service = new GrpcStorageService(node, StorageRpcSettings.defaults());
      services.put(node.name(), service);
      try {
        servers.put(node.name(), new FreezableServer(port, service));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The process of a storage node dies. */
    void kill(FakeCluster.Node node) {
      // First the connections: the service of a killed process says no farewell.
      servers.get(node.name()).close();
      services.get(node.name()).close();
    }

    /** It is started again, at the same address. */
    void startAgain(FakeCluster.Node node) {
      start(node, servers.get(node.name()).address().port());
    }

    private Channel serve(io.grpc.BindableService service) {
      InternalServer server =
          InternalServer.start(new HostAndPort("127.0.0.1", 0), Optional.empty(), List.of(service));
      open.push(server);
      return channels.to(new HostAndPort("127.0.0.1", server.port()));
    }

    /** Waits until the remote views know of every replica what it has been set to. */
    void settle() {
      Awaitility.await()
          .pollInterval(Duration.ofMillis(2))
          .atMost(Duration.ofMinutes(2))
          .until(() -> remotes.stream().allMatch(this::settled));
    }

    private boolean settled(RemoteStorageNode remote) {
      FakeCluster.Node node =
          cluster.nodes.stream()
              .filter(n -> n.name().equals(remote.name()))
              .findFirst()
              .orElseThrow();
      return remote.serving()
          && remote.readers().size() == node.replicas.size()
          && node.replicas.values().stream()
              .allMatch(r ->
                  remote
                      .reader(r.shard())
                      .filter(known ->
                          known.frontier() == r.frontier() && known.safePoint() == r.safePoint())
                      .isPresent());
    }

    @Override
    public void close() throws Exception {
      for (AutoCloseable part : open) {
        part.close();
      }
      services.values().forEach(GrpcStorageService::close);
      servers.values().forEach(FreezableServer::close);
      channels.close();
    }
  }
}
