package io.vecraft.cluster;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.GatewayConfig;
import io.vecraft.gateway.GatewayParts;
import io.vecraft.gateway.GatewayServer;
import io.vecraft.gateway.TlsFiles;
import io.vecraft.gateway.call.Health;
import io.vecraft.gateway.embedding.EmbeddingPolicy;
import io.vecraft.gateway.embedding.EmbeddingProviders;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.gateway.write.JournalCollectionAdmin;
import io.vecraft.gateway.write.JournalLineage;
import io.vecraft.gateway.write.JournalWritePath;
import io.vecraft.gateway.write.RequestIdGuard;
import io.vecraft.journal.client.FollowedCatalog;
import io.vecraft.journal.client.JournalConnection;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.proto.journal.ClusterRecord;
import io.vecraft.query.ClusterAccess;
import io.vecraft.query.SamplingClock;
import io.vecraft.query.rpc.RemoteQueryProcessor;
import io.vecraft.standalone.StandaloneConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A gateway as a process of its own. It keeps nothing: any number of them can run. */
public final class GatewayProcess implements AutoCloseable {
  private static final int KEY_MIN = 32;

  /** Of a call without a deadline of its own. */
  private static final Duration QUERY_CALL = Duration.ofSeconds(30);

  private final Node node;
  private final GatewayServer gateway;

  private GatewayProcess(Node node, GatewayServer gateway) {
    this.node = node;
    this.gateway = gateway;
  }

  /**
   * How it serves clients.
   *
   * @param host address to bind to; keys are required unless it is a loopback address
   * @param port 0 picks a free one
   * @param requireKeys whether API keys are required
   * @param tls certificate and key, reloaded
   * @param adminKey file of the first key; the same for all gateways of a cluster
   * @param embeddingUrls URLs that embedding providers may be at or below
   * @param embeddingKeys directory of their keys; empty allows any file
   * @param limits what is refused
   * @param drainMs how long it goes on after it was told to end
   */
  public record Settings(
      String host,
      int port,
      boolean requireKeys,
      Optional<StandaloneConfig.Tls> tls,
      Optional<Path> adminKey,
      List<URI> embeddingUrls,
      Optional<Path> embeddingKeys,
      Limits limits,
      long drainMs) {}

  /** Starts it; returns once the public port is open. */
  public static GatewayProcess start(NodeSettings common, Settings settings) {
    Node node = Node.open("gateway", common);
    try {
      return assemble(node, settings);
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static GatewayProcess assemble(Node node, Settings settings) {
    ClusterRecord record = node.awaitCluster();
    JournalConnection journal =
        node.add(JournalConnection.open(record, node.channels(), node.settings().maxClockOffset()));
    FollowedCatalog catalog = node.add(FollowedCatalog.open(node.meta(), journal));
    StorageNodes storage = node.add(StorageNodes.follow(node));
    QueryNodes queries = node.add(QueryNodes.follow(node));
    var clock = new SamplingClock(journal.clock());
    var cluster = new ClusterAccess(journal.journal(), clock, catalog, storage::now);
    var requestIds = new RequestIdGuard(journal.journal());
    var collections = new JournalCollectionAdmin(cluster, requestIds);
    var parts =
        new GatewayParts(
            node.add(new RemoteQueryProcessor(queries::now, QUERY_CALL)),
            new JournalWritePath(
                cluster, collections, requestIds, settings.limits().getInt(Limit.RECORD_VERSIONS)),
            collections,
            new JournalLineage(cluster),
            new EmbeddingProviders(
                EmbeddingPolicy.allowing(settings.embeddingUrls(), settings.embeddingKeys())),
            catalog::current,
            clock,
            record.getClusterId(),
            record.getIncarnation(),
            storage::now,
            List.of(readable(queries)),
            node.metrics(),
            node.tracing());
    GatewayServer gateway = node.add(GatewayServer.start(config(settings), parts));
    node.serveOps(List.of(readable(queries)));
    node.register(new HostAndPort(settings.host(), gateway.port()));
    return new GatewayProcess(node, gateway);
  }

  private static GatewayConfig config(Settings settings) {
    return new GatewayConfig(
        settings.host(),
        settings.port(),
        settings.requireKeys(),
        settings.tls().map(tls -> new TlsFiles(tls.certificate(), tls.key())),
        settings.adminKey().map(GatewayProcess::adminKey),
        settings.limits(),
        settings.drainMs());
  }

  private static String adminKey(Path file) {
    try {
      String key = Files.readString(file).strip();
      if (key.length() < KEY_MIN) {
        throw new VecraftException(
            ErrorCode.INVALID_ARGUMENT,
            "the key in %s has %d characters, at least %d".formatted(file, key.length(), KEY_MIN));
      }
      return key;
    } catch (IOException e) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, "the key in " + file + " cannot be read: " + e.getMessage());
    }
  }

  private static Health.Check readable(QueryNodes queries) {
    return new Health.Check(
        "query",
        () ->
            queries.now().isEmpty()
                ? Optional.of("no query processor is registered")
                : Optional.empty());
  }

  /** The public port. */
  public int port() {
    return gateway.port();
  }

  /** Leaves the cluster, takes no more requests, lets those in flight end. Idempotent. */
  @Override
  public void close() {
    node.close();
  }
}
