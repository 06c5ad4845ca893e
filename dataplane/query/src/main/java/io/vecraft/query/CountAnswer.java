package io.vecraft.query;

/**
 * How many records match.
 *
 * @param count records that match
 * @param consistency how fresh and whole it is
 */
public record CountAnswer(long count, ConsistencyInfo consistency) {}
