package io.vecraft.journal.client;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.meta.ClusterRegistry;
import io.vecraft.journal.meta.MetaStoreException;
import io.vecraft.proto.journal.ClusterRecord;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries at what needs other processes that may not be up yet. */
public final class Attempts {
  private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);

  private static final Duration RETRY = Duration.ofSeconds(1);

  private Attempts() {}

  /** Asks again and again until there is an answer, and says what it waits for. */
  public static <T> T until(String what, Supplier<Optional<T>> attempt) {
    boolean told = false;
    while (true) {
      Optional<T> found = attempt.get();
      if (found.isPresent()) {
        return found.get();
      }
      if (!told) {
        LOG.info("waiting for {}", what);
        told = true;
      }
      try {
        Thread.sleep(RETRY);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for " + what, e);
      }
    }
  }

  /** A cluster's record; waits until a journal node has made it. */
  public static ClusterRecord cluster(ClusterRegistry registry) {
    return until(
        "the cluster's record in the metadata store (journal nodes make it)",
        () -> once(registry::cluster).flatMap(found -> found));
  }

  /** The result; nothing when something that is needed does not answer. Other errors are thrown. */
  public static <T> Optional<T> once(Supplier<T> attempt) {
    try {
      return Optional.of(attempt.get());
    } catch (VecraftException e) {
      if (e.code() != ErrorCode.UNAVAILABLE && e.code() != ErrorCode.DEADLINE_EXCEEDED) {
        throw e;
      }
      LOG.info("not yet: {}", e.reason());
      return Optional.empty();
    } catch (MetaStoreException e) {
      LOG.info("not yet: {}", e.getMessage());
      return Optional.empty();
    }
  }
}
