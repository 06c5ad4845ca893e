package io.vecraft.standalone;

/**
 * A whole Vecraft in one process: journal, metadata store, storage nodes, query processor and
 * gateway, with the code and the files on disk that separate processes use.
 */
public final class Standalone implements AutoCloseable {

  private Standalone() {}

  /** Starts it; returns once the port is open. */
  public static Standalone start(StandaloneConfig config) {
    throw new UnsupportedOperationException("assembly of " + config.dataDirectory());
  }

  /** The port it listens on. */
  public int port() {
    throw new UnsupportedOperationException();
  }

  /** Stops taking requests, lets those in flight end, makes everything durable. Idempotent. */
  @Override
  public void close() {}
}
