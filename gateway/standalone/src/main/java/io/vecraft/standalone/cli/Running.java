package io.vecraft.standalone.cli;

import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server that runs until SIGTERM or Ctrl-C; the process ends when it has been closed. */
final class Running {
  private static final Logger LOG = LoggerFactory.getLogger(Running.class);

  private final CountDownLatch stopped = new CountDownLatch(1);

  private Running() {}

  /** Sees to it that the server is closed when the process is told to end. */
  static Running closing(AutoCloseable server) {
    var running = new Running();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> running.close(server), "shutdown"));
    return running;
  }

  private void close(AutoCloseable server) {
    try {
      server.close();
    } catch (Exception e) {
      LOG.warn("the server did not close in order", e);
    } finally {
      stopped.countDown();
    }
  }

  /** Waits for the end; the exit code. */
  int await() throws InterruptedException {
    stopped.await();
    return ExitCodes.OK;
  }
}
