package io.vecraft.gateway.call;

import io.vecraft.gateway.auth.Principal;
import io.vecraft.gateway.write.WriteContext;
import io.vecraft.journal.time.Deadline;
import java.util.Optional;

/**
 * One call and what all calls have in common.
 *
 * @param requestId given by the client or made here
 * @param idGiven whether the client gave it
 * @param principal who is calling
 * @param traceId W3C trace id, or empty
 * @param sessionStamp stamp of the session's token, 0 without one
 * @param owner the resource on whose behalf collections are made and changed
 * @param deadline when the answer is due
 */
public record Call(
    String requestId,
    boolean idGiven,
    Principal principal,
    String traceId,
    long sessionStamp,
    Optional<String> owner,
    Deadline deadline) {

  /** As the write path needs it. */
  public WriteContext writeContext() {
    return new WriteContext(requestId, idGiven, principal.name(), traceId, sessionStamp, deadline);
  }

  /** The same call with a session of at least that stamp. */
  public Call inSession(long stamp) {
    return new Call(
        requestId, idGiven, principal, traceId, Math.max(sessionStamp, stamp), owner, deadline);
  }
}
