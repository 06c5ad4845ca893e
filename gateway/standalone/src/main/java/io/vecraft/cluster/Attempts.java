package io.vecraft.cluster;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.meta.MetaStoreException;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries at what needs other processes that may not be up yet. */
final class Attempts {
  private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);

  private Attempts() {}

  /** The result; nothing when something that is needed does not answer. Other errors are thrown. */
  static <T> Optional<T> once(Supplier<T> attempt) {
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
