package io.vecraft.journal.rpc;

import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.util.MutableHandlerRegistry;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.net.Listening;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port on which a process serves the others of its cluster. Calls run on virtual threads. It
 * takes plain connections on a loopback address alone; elsewhere mutual TLS is required.
 */
public final class InternalServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InternalServer.class);
  private static final long KEEP_ALIVE_MIN_MS = 500;
  private static final long DRAIN_MS = 5_000;
  private static final int CALLS_PER_CONNECTION = 10_000;

  private final Server server;
  private final MutableHandlerRegistry services;
  private final ExecutorService calls;

  private InternalServer(Server server, MutableHandlerRegistry services, ExecutorService calls) {
    this.server = server;
    this.services = services;
    this.calls = calls;
  }

  /** Opens the port, to other machines with TLS alone. */
  public static InternalServer start(
      HostAndPort listen, Optional<InternalTls> tls, List<? extends BindableService> services) {
    return start(listen, tls, false, Tracing.none(), services);
  }

  /**
   * Opens the port; {@link #add} brings services that can only begin when the port is open.
   *
   * @param plaintext whether plain connections are taken on any address, because the caller was
   *     told that nobody else is in the network
   * @param tracing spans of the calls that come in
   * @throws VecraftException {@code invalid_argument} when it would be open to other machines
   *     without TLS, {@code unavailable} when the port cannot be had
   */
  public static InternalServer start(
      HostAndPort listen,
      Optional<InternalTls> tls,
      boolean plaintext,
      Tracing tracing,
      List<? extends BindableService> services) {
    if (tls.isEmpty() && !plaintext && !listen.isLoopback()) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT,
          listen + " is not a loopback address: internal services need certificates there",
          "listen");
    }
    ServerCredentials credentials =
        tls.map(InternalTls::server).orElseGet(InsecureServerCredentials::create);
    ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    var registry = new MutableHandlerRegistry();
    services.forEach(registry::addService);
    var builder =
        NettyServerBuilder.forAddress(listen.toSocketAddress(), credentials)
            .executor(calls)
            .permitKeepAliveTime(KEEP_ALIVE_MIN_MS, TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION)
            .maxInboundMessageSize(InternalChannels.MAX_MESSAGE_BYTES)
            .fallbackHandlerRegistry(registry);
    tracing.server().forEach(builder::intercept);
    try {
      return new InternalServer(Listening.open(() -> builder.build().start()), registry, calls);
    } catch (IOException e) {
      calls.shutdownNow();
      throw new VecraftException(
          ErrorCode.UNAVAILABLE, "cannot listen on " + listen + ": " + e.getMessage());
    }
  }

  /** Serves one more service from now on. */
  public void add(BindableService service) {
    services.addService(service);
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  /** Takes no more calls, lets those in flight end for a while, closes the port. */
  @Override
  public void close() {
    server.shutdown();
    try {
      if (!server.awaitTermination(DRAIN_MS, TimeUnit.MILLISECONDS)) {
        // Tails never end by themselves.
        server.shutdownNow();
        if (!server.awaitTermination(DRAIN_MS, TimeUnit.MILLISECONDS)) {
          LOG.warn("internal calls are still running");
        }
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    calls.shutdown();
  }
}
