package io.vecraft.gateway;

import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.TlsProvider;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.opentelemetry.context.Context;
import io.vecraft.gateway.auth.ApiKeys;
import io.vecraft.gateway.call.CallFactory;
import io.vecraft.gateway.call.Checks;
import io.vecraft.gateway.call.Cluster;
import io.vecraft.gateway.call.Collections;
import io.vecraft.gateway.call.Health;
import io.vecraft.gateway.call.Journals;
import io.vecraft.gateway.call.MeasuredReads;
import io.vecraft.gateway.call.Nodes;
import io.vecraft.gateway.call.Reads;
import io.vecraft.gateway.call.RequestSpans;
import io.vecraft.gateway.call.Searches;
import io.vecraft.gateway.call.Services;
import io.vecraft.gateway.call.SessionTokens;
import io.vecraft.gateway.call.Texts;
import io.vecraft.gateway.call.Traffic;
import io.vecraft.gateway.call.Writes;
import io.vecraft.gateway.grpc.GrpcInterface;
import io.vecraft.gateway.limits.InFlight;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import io.vecraft.gateway.limits.RateLimiter;
import io.vecraft.gateway.rest.RestErrors;
import io.vecraft.gateway.rest.RestInterface;
import io.vecraft.gateway.rest.RestService;
import io.vecraft.query.QueryProcessor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The edge: REST and gRPC on one port. Searches that wait for nothing run on the threads that serve
 * the connections; all else runs on virtual threads.
 */
public final class GatewayServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayServer.class);
  private static final Duration CERTIFICATE_POLL = Duration.ofSeconds(1);
  private static final long QUIET_MS = 50;
  private static final long DRAIN_MS = 10_000;
  private static final int HEADER_BYTES = 32 << 10;
  private static final int LINE_BYTES = 16 << 10;

  private final Server server;
  private final ExecutorService blocking;
  private final AtomicBoolean closing;
  private final long drainMs;

  private GatewayServer(
      Server server, ExecutorService blocking, AtomicBoolean closing, long drainMs) {
    this.server = server;
    this.blocking = blocking;
    this.closing = closing;
    this.drainMs = drainMs;
  }

  /** Starts it; returns once the port is open. */
  public static GatewayServer start(GatewayConfig config, GatewayParts parts) {
    var closing = new AtomicBoolean();
    Services services = services(config, parts, closing);
    ExecutorService blocking = Context.taskWrapping(Executors.newVirtualThreadPerTaskExecutor());
    RestService rest = RestInterface.build(services, blocking, closing::get);
    var errors = new RestErrors(services.calls(), rest);
    ServerBuilder builder = Server.builder();
    listen(builder, config);
    Limits limits = config.limits();
    builder
        .maxRequestLength(limits.get(Limit.BODY_BYTES))
        .maxNumConnections(limits.getInt(Limit.CONNECTIONS))
        .http1MaxHeaderSize(HEADER_BYTES)
        .http1MaxInitialLineLength(LINE_BYTES)
        .http2MaxHeaderListSize(HEADER_BYTES)
        .http2MaxStreamsPerConnection(limits.get(Limit.IN_FLIGHT_REQUESTS))
        .requestTimeoutMillis(limits.get(Limit.TIMEOUT_MS))
        .gracefulShutdownTimeoutMillis(QUIET_MS, DRAIN_MS)
        .verboseResponses(false)
        .disableServerHeader()
        .errorHandler(errors)
        .decorator((next, context, request) -> {
          if (closing.get()) {
            // The client gets this answer, and takes another connection for the next request.
            context.initiateConnectionShutdown();
          }
          return next.serve(context, request);
        })
        .service(GrpcInterface.build(services, blocking, closing::get), errors::grpcOnly)
        .serviceUnder("/", rest);
    Server server = builder.build();
    server.start().join();
    return new GatewayServer(server, blocking, closing, config.drainMs());
  }

  private static void listen(ServerBuilder builder, GatewayConfig config) {
    var address = new InetSocketAddress(config.host(), config.port());
    if (config.tls().isEmpty()) {
      builder.port(address, SessionProtocol.HTTP);
      return;
    }
    TlsFiles files = config.tls().get();
    builder
        .port(address, SessionProtocol.HTTPS)
        .tlsProvider(
            TlsProvider.ofScheduled(
                () -> TlsKeyPair.of(files.privateKey().toFile(), files.certificates().toFile()),
                CERTIFICATE_POLL));
  }

  private static Services services(
      GatewayConfig config, GatewayParts parts, AtomicBoolean closing) {
    var readiness = new ArrayList<>(parts.readiness());
    readiness.add(
        new Health.Check(
            "process",
            () -> closing.get() ? Optional.of("the process is ending") : Optional.empty()));
    Limits limits = config.limits();
    var checks = new Checks(limits);
    var tokens = new SessionTokens(parts.clusterId(), parts.incarnation());
    var inFlight = new InFlight(limits);
    QueryProcessor query = new MeasuredReads(parts.query(), parts.metrics());
    var texts = new Texts(parts.catalog(), query, parts.embeddings());
    var keys = new ApiKeys(parts.catalog(), config.adminKey(), config.requireKeys());
    parts
        .metrics()
        .gauge("vecraft_gateway_limit", "Limits of the edge", "limit", () -> values(limits));
    return new Services(
        new CallFactory(limits, keys, new RateLimiter(limits), tokens),
        new Traffic(parts.metrics(), inFlight, new RequestSpans(parts.tracing())),
        checks,
        tokens,
        new Searches(query, texts),
        new Writes(parts.writes(), texts),
        new Reads(query),
        new Collections(
            parts.collections(), query, parts.embeddings(), parts.catalog(), parts.nodes(), checks),
        new Journals(parts.lineage(), parts.collections(), parts.catalog(), inFlight),
        new Cluster(parts.lineage(), parts.nodes(), parts.clock(), parts.catalog()),
        new Nodes(parts.collections(), parts.catalog(), parts.nodes(), parts.lineage()),
        new Health(readiness),
        parts.metrics(),
        parts.catalog());
  }

  private static Map<String, Double> values(Limits limits) {
    var values = new LinkedHashMap<String, Double>();
    for (Limit limit : Limit.values()) {
      values.put(limit.flag(), (double) limits.get(limit));
    }
    return values;
  }

  /** The port it listens on. */
  public int port() {
    return Objects.requireNonNull(server.activePort()).localAddress().getPort();
  }

  /**
   * Says that it will end, goes on for as long as it was told to, then takes no more requests, lets
   * those in flight end, closes the port. Idempotent.
   */
  @Override
  public void close() {
    if (!closing.getAndSet(true) && drainMs > 0) {
      try {
        Thread.sleep(drainMs);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    server.stop().join();
    blocking.shutdown();
    try {
      // Never interrupted: an interrupt would close the files that a call reads from.
      if (!blocking.awaitTermination(DRAIN_MS, TimeUnit.MILLISECONDS)) {
        LOG.warn("calls are still running after {} ms", DRAIN_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
