package io.vecraft.net;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/**
 * Opens sockets that listen, and tries again for a second where somebody has the port: who was
 * ended just now may hold it for a moment. That is so inside one process, too: a channel that is
 * closed keeps its socket until its selector has been run once more.
 */
public final class Listening {
  private static final int ATTEMPTS = 20;
  private static final long PAUSE_NANOS = 50_000_000;

  private Listening() {}

  /**
   * Opens a socket; called again after it has failed.
   *
   * @param <T> what has the socket
   */
  public interface Opening<T> {
    T open() throws IOException;
  }

  /**
   * Opens it.
   *
   * @throws IOException as the last attempt has thrown it
   */
  public static <T> T open(Opening<T> opening) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return opening.open();
      } catch (IOException e) {
        if (attempt == ATTEMPTS || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }
}
