package io.vecraft.journal.partition;

/**
 * One remembered request.
 *
 * @param request hash of the request id
 * @param scope hash of principal and shard
 * @param digest hash of the digest of the request's body
 * @param offset of the record that it became, or of the one that handed it over
 * @param stamp of the record that it became
 */
public record RequestEntry(long request, long scope, long digest, long offset, long stamp) {}
