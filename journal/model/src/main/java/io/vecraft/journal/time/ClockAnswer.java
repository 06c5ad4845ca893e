package io.vecraft.journal.time;

/**
 * What a member of the clock group answers.
 *
 * @param epoch the epoch that the member is in; when refused, possibly another than the asked one
 * @param refused the member does not answer in the epoch that it was asked in; the call had no
 *     effect and the rest means nothing to a round
 * @param value the member's value after the call
 * @param machineMillis its machine time, milliseconds since the epoch
 */
public record ClockAnswer(long epoch, boolean refused, long value, long machineMillis) {}
