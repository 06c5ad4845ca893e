package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of a throwable. */
public final class Faults {
  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

  private Faults() {}

  /**
   * The error of a throwable. What nobody expected is logged with the request's id and told without
   * its details.
   *
   * @param mayHaveWritten whether the request may have reached the journal
   */
  public static VecraftException of(Throwable thrown, boolean mayHaveWritten, String requestId) {
    Throwable cause = thrown;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof VecraftException e) {
      return told(e);
    }
    LOG.atError().addKeyValue("request_id", requestId).setCause(cause).log("unexpected failure");
    return mayHaveWritten
        ? new VecraftException(
            ErrorCode.OUTCOME_UNKNOWN,
            "the request failed and may have been applied; retry it with the same request id")
        : new VecraftException(ErrorCode.UNAVAILABLE, "the request failed and was not applied");
  }

  /** Codes that mean something only between our own parts are told as what they come down to. */
  private static VecraftException told(VecraftException e) {
    return switch (e.code()) {
      case MOVED, NOT_LEADER ->
          new VecraftException(ErrorCode.UNAVAILABLE, "the data is moving; try again");
      default -> e;
    };
  }
}
