package io.vecraft.gateway.write;

import io.vecraft.journal.time.Deadline;

/**
 * Who writes, and within what.
 *
 * @param requestId 1 to 128 characters; a retry with the same id and body gets the first outcome
 * @param idGiven whether the client gave the id, rather than the gateway, whose ids are new
 * @param principal the authenticated caller
 * @param traceId W3C trace id of 32 hexadecimal digits, or empty
 * @param sessionStamp stamp of the session's token, 0 without one: the write comes after it
 * @param deadline when the answer is due
 */
public record WriteContext(
    String requestId,
    boolean idGiven,
    String principal,
    String traceId,
    long sessionStamp,
    Deadline deadline) {

  /** Between a request id and the number of a part; not allowed in request ids. */
  static final String PART_MARK = "~";

  /** Under an id that the client gave. */
  public WriteContext(
      String requestId, String principal, String traceId, long sessionStamp, Deadline deadline) {
    this(requestId, true, principal, traceId, sessionStamp, deadline);
  }

  /** For a part of the request that is journaled with a body of its own. */
  WriteContext part(int number) {
    return new WriteContext(
        partId(requestId, number), false, principal, traceId, sessionStamp, deadline);
  }

  static String partId(String requestId, int number) {
    return requestId + PART_MARK + number;
  }
}
