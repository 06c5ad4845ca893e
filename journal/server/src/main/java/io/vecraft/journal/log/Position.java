package io.vecraft.journal.log;

/**
 * An end of a log.
 *
 * @param offset the last committed record, 0 for none
 * @param closed whoever has applied everything up to {@code offset} has all up to this stamp
 */
public record Position(long offset, long closed) {}
