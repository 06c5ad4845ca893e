package io.vecraft.journal.rpc;

import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ConnectivityState;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Channels to other processes, one for each address, made when first asked for.
 *
 * <p>A connection that is dead is noticed by pings after some seconds, which is why calls have
 * short deadlines; a peer that comes back is connected to within {@value #RECONNECT_MS} ms,
 * whatever gRPC's own back-off says.
 *
 * <p>Safe for concurrent use.
 */
public final class InternalChannels implements AutoCloseable {
  /** The largest message between processes: one append at its limit, and a pull beside it. */
  public static final int MAX_MESSAGE_BYTES = 80 << 20;

  private static final long RECONNECT_MS = 500;
  private static final int CONNECT_TIMEOUT_MS = 2_000;

  /** The shortest that gRPC allows. */
  private static final long PING_MS = 10_000;

  private static final long PING_TIMEOUT_MS = 2_000;
  private static final long CLOSE_MS = 2_000;

  private final ChannelCredentials credentials;
  private final Optional<String> name;
  private final Tracing tracing;
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private final ConcurrentHashMap<HostAndPort, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final ScheduledExecutorService reconnecting =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("internal-channels").daemon().factory());

  /** Channels with the certificates given, plain ones without. */
  public InternalChannels(Optional<InternalTls> tls) {
    this(tls, Tracing.none());
  }

  /** The same with spans of the calls. */
  public InternalChannels(Optional<InternalTls> tls, Tracing tracing) {
    this.tracing = tracing;
    this.credentials = tls.map(InternalTls::client).orElseGet(InsecureChannelCredentials::create);
    this.name = tls.flatMap(InternalTls::name);
    reconnecting.scheduleWithFixedDelay(
        this::reconnect, RECONNECT_MS, RECONNECT_MS, TimeUnit.MILLISECONDS);
  }

  private void reconnect() {
    for (ManagedChannel channel : channels.values()) {
      if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
        channel.resetConnectBackoff();
      }
    }
  }

  /** The channel to an address that all share. */
  public Channel to(HostAndPort address) {
    return channels.computeIfAbsent(address, this::open);
  }

  private ManagedChannel open(HostAndPort address) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(address.host(), address.port(), credentials);
    name.ifPresent(builder::overrideAuthority);
    return builder
        .intercept(tracing.client())
        .executor(calls)
        .keepAliveTime(PING_MS, TimeUnit.MILLISECONDS)
        .keepAliveTimeout(PING_TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .keepAliveWithoutCalls(true)
        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .build();
  }

  /** Closes the channels to all other addresses; calls on them fail. */
  public void retain(Set<HostAndPort> addresses) {
    channels
        .entrySet()
        .removeIf(entry -> {
          if (addresses.contains(entry.getKey())) {
            return false;
          }
          entry.getValue().shutdownNow();
          return true;
        });
  }

  /** Ends all calls. */
  @Override
  public void close() {
    reconnecting.shutdownNow();
    channels.values().forEach(ManagedChannel::shutdownNow);
    try {
      for (ManagedChannel channel : channels.values()) {
        channel.awaitTermination(CLOSE_MS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    calls.shutdown();
  }
}
