package io.vecraft.gateway.write;

/**
 * The outcome of a delete by filter.
 *
 * @param asOf the stamp that the filter was evaluated at
 * @param deleted records deleted
 * @param skipped records that matched but had changed before the delete came to its place
 * @param stamp the largest stamp of the deletes; {@code asOf} when nothing matched
 * @param sessionStamp what the session's next token holds
 */
public record DeleteByFilterAnswer(
    long asOf, long deleted, long skipped, long stamp, long sessionStamp) {}
