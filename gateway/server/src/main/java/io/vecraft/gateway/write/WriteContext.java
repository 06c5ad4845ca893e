package io.vecraft.gateway.write;

import io.vecraft.journal.time.Deadline;

/**
 * Who writes, and within what.
 *
 * @param requestId 1 to 128 characters; a retry with the same id and body gets the first outcome
 * @param principal the authenticated caller
 * @param traceId W3C trace id of 32 hexadecimal digits, or empty
 * @param sessionStamp stamp of the session's token, 0 without one: the write comes after it
 * @param deadline when the answer is due
 */
public record WriteContext(
    String requestId, String principal, String traceId, long sessionStamp, Deadline deadline) {}
