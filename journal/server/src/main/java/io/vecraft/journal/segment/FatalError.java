package io.vecraft.journal.segment;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when going on could break a promise: the process ends. After a failed write or sync
 * nobody knows what is on disk, and a second sync may report success for pages that were dropped.
 */
@FunctionalInterface
public interface FatalError {

  /** Ends the process, without running what could write more. */
  FatalError HALT =
      (what, cause) -> {
        Logger log = LoggerFactory.getLogger(FatalError.class);
        log.error("fatal: {}; the process ends", what, cause);
        Runtime.getRuntime().halt(70);
      };

  /** Does not return normally, but in tests. */
  void die(String what, Throwable cause);
}
