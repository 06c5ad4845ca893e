package io.vecraft.storage.rpc;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.vecraft.journal.client.GrpcJournalApi;
import io.vecraft.journal.rpc.HostAndPort;
import io.vecraft.net.FreePorts;
import io.vecraft.net.Listening;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A server on a port of this machine that can stand still like a process that was stopped: the
 * kernel still takes connections and bytes, but nobody reads or writes.
 */
public final class FreezableServer implements AutoCloseable {
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Server server;
  private final HostAndPort address;
  private CountDownLatch frozen = new CountDownLatch(0);

  /** A server at any free port. */
  public FreezableServer(BindableService... services) throws IOException {
    this(FreePorts.next(), services);
  }

  /** A server at a port that another one had before. */
  public FreezableServer(int port, BindableService... services) throws IOException {
    server = Listening.open(() -> builder(port, services).build().start());
    address = new HostAndPort(InetAddress.getLoopbackAddress().getHostAddress(), server.getPort());
  }

  private NettyServerBuilder builder(int port, BindableService... services) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .maxInboundMessageSize(GrpcJournalApi.MAX_MESSAGE_BYTES)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .channelType(NioServerSocketChannel.class);
    for (BindableService service : services) {
      builder.addService(service);
    }
    return builder;
  }

  public HostAndPort address() {
    return address;
  }

  /** Nothing moves until {@link #thaw}. */
  public void freeze() throws InterruptedException {
    var latch = new CountDownLatch(1);
    var standing = new CountDownLatch(1);
    frozen = latch;
    loop.execute(() -> {
      standing.countDown();
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    standing.await();
  }

  public void thaw() {
    frozen.countDown();
  }

  /** Like a process that dies: all connections break. */
  @Override
  public void close() {
    thaw();
    server.shutdownNow();
    try {
      server.awaitTermination();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loop.shutdownGracefully();
  }
}
