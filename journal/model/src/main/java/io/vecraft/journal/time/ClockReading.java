package io.vecraft.journal.time;

/**
 * What one member of the clock group shows.
 *
 * @param member its name
 * @param epoch of the group that was asked
 * @param value its value, a stamp
 * @param machineMillis its machine's time, milliseconds since the epoch
 */
public record ClockReading(String member, long epoch, long value, long machineMillis) {}
