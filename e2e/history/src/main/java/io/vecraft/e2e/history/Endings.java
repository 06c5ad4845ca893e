package io.vecraft.e2e.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * How the requests of all clients ended, each attempt by itself. The contract: inside its deadline
 * every request is answered or told clearly why not. What a client waits beyond the deadline is a
 * margin for slow machines, and for a gateway that was stopped meanwhile. Safe for concurrent use.
 */
public final class Endings {
  /** It was answered, or told that a condition did not hold. */
  static final String ANSWERED = "answered";

  static final String CONFLICT = "conflict";

  /** The connection broke, or there was none. */
  static final String CONNECTION = "connection lost";

  /** Nothing came until the client gave up: never right. */
  static final String NOTHING = "no answer";

  /** Of requests where nothing breaks. */
  static final Duration USUAL_DEADLINE = Duration.ofSeconds(30);

  /** After its deadline a client waits that much longer. */
  static final Duration MARGIN = Duration.ofSeconds(30);

  /** What a server may say that could not do it in time or now. */
  private static final Set<String> CLEAR =
      Set.of(
          "unavailable",
          "not_ready",
          "staleness_exceeded",
          "outcome_unknown",
          "deadline_exceeded",
          "back_pressure");

  private final Map<String, Integer> counts = new TreeMap<>(); // guarded by itself
  private final ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();
  private final Duration deadline;

  /**
   * Endings of requests.
   *
   * @param deadline that they ask for
   */
  Endings(Duration deadline) {
    this.deadline = deadline;
  }

  /** Whether a code of the server says clearly that it could not. */
  static boolean isClear(String code) {
    return CLEAR.contains(code);
  }

  /** How a request ended that failed without an answer. */
  static String of(IOException e) {
    if (e instanceof JsonProcessingException) {
      throw new AssertionError("an answer that is none", e);
    }
    // A connection that is not made in time may be one to a server that is gone.
    boolean silent =
        e instanceof HttpTimeoutException && !(e instanceof HttpConnectTimeoutException);
    return silent ? NOTHING : CONNECTION;
  }

  /** Notes how a request ended. */
  void ended(String what, String how, long nanos) {
    synchronized (counts) {
      counts.merge(how, 1, Integer::sum);
    }
    boolean late = nanos > deadline.plus(MARGIN).toNanos();
    if (late || how.equals(NOTHING)) {
      broken.add("%s: %s after %d ms".formatted(what, how, nanos / 1_000_000));
    }
  }

  /** How many ended how. */
  public Map<String, Integer> counts() {
    synchronized (counts) {
      return Map.copyOf(counts);
    }
  }

  /** How many lost their connection. */
  public int connectionsLost() {
    return counts().getOrDefault(CONNECTION, 0);
  }

  /** Requests that ended against the contract. */
  public List<String> broken() {
    return List.copyOf(broken);
  }

  @Override
  public String toString() {
    synchronized (counts) {
      int all = counts.values().stream().mapToInt(n -> n).sum();
      return all + " requests " + counts;
    }
  }
}
