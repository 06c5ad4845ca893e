package io.vecraft.storage.rpc;

import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.vecraft.journal.rpc.InternalServer;
import io.vecraft.storage.read.StorageNodeView;
import java.security.SecureRandom;

/**
 * A storage node behind gRPC; for the internal port only.
 *
 * <p>The server must run calls on virtual threads, as {@link InternalServer} does: they may wait
 * until their deadlines. A thread of its own tells the watchers, so that searches that use all
 * processors do not make the node look dead. Closing ends the watches and the pins, and goes before
 * closing the server; the node is the caller's. Safe for concurrent use.
 */
public final class GrpcStorageService implements BindableService, AutoCloseable {
  private final StorageRpcSettings settings;
  private final NodeStates states;
  private final PinLeases pins;
  private final StorageCalls calls;
  private final Thread teller;
  private volatile boolean closed;

  /** A service for the node. */
  public GrpcStorageService(StorageNodeView node, StorageRpcSettings settings) {
    this.settings = settings;
    this.states = new NodeStates(node, startId());
    this.pins = new PinLeases(settings.pinLease().toNanos());
    this.calls = new StorageCalls(node, settings, states, pins);
    this.teller = Thread.ofPlatform().name("storage-watch").daemon().start(this::tellUntilClosed);
  }

  private static long startId() {
    long id = new SecureRandom().nextLong();
    return id == 0 ? 1 : id;
  }

  private void tellUntilClosed() {
    while (!closed) {
      if (states.watchers() > 0) {
        states.look();
      }
      pins.expire();
      try {
        Thread.sleep(settings.watchInterval());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public ServerServiceDefinition bindService() {
    return StrictMessages.of(calls.bindService());
  }

  /** Calls that are being answered, watches aside. */
  public int inFlight() {
    return calls.inFlight();
  }

  /** Processes that watch. */
  public int watchers() {
    return states.watchers();
  }

  /** Pins held for other processes. */
  public int pins() {
    return pins.size();
  }

  /** Ends watches and pins; the node goes on. */
  @Override
  public void close() {
    closed = true;
    teller.interrupt();
    states.end();
    pins.close();
  }
}
