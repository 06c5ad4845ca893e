package io.vecraft.e2e.history;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Sends a request again, under the same id, until it is answered or the client's patience is at an
 * end; every attempt that failed is told of. For one thread at a time.
 */
final class PatientClient implements HistoryClient {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(200);

  private final String name;
  private final HistoryClient client;
  private final Duration patience;
  private final Consumer<Attempt> failed;

  PatientClient(String name, HistoryClient client, Duration patience, Consumer<Attempt> failed) {
    this.name = name;
    this.client = client;
    this.patience = patience;
    this.failed = failed;
  }

  @Override
  public Told write(String requestId, String token, List<Change> changes, boolean atomic)
      throws IOException {
    long began = System.nanoTime();
    while (true) {
      Told told = client.write(requestId, token, changes, atomic);
      if (!(told instanceof Told.Unknown(String why))) {
        return told;
      }
      if (!again(began, atomic ? "transaction" : "write", why)) {
        return told;
      }
    }
  }

  @Override
  public Answer read(Look look, String token) throws IOException {
    long began = System.nanoTime();
    while (true) {
      Answer answer = client.read(look, token);
      if (!(answer instanceof Unanswered(String why))) {
        return answer;
      }
      if (!again(began, look.level().getClass().getSimpleName() + " read", why)) {
        return answer;
      }
    }
  }

  private boolean again(long began, String what, String why) {
    boolean last = System.nanoTime() - began > patience.toNanos();
    failed.accept(new Attempt(Instant.now(), name, what, why, last));
    if (!last) {
      LockSupport.parkNanos(PAUSE);
    }
    return !last;
  }

  @Override
  public void close() {
    client.close();
  }
}
