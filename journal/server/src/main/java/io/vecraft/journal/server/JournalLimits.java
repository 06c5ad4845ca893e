package io.vecraft.journal.server;

/**
 * What a journal server holds at most; all in bytes.
 *
 * @param appendBytes one append, serialised; of a node with replicas at most 16 MiB
 * @param batchBytes appends that are proposed together; a larger append goes alone
 * @param inFlightBytes appends accepted and not yet answered, of the whole server; above it {@code
 *     back_pressure}
 * @param diskBytes all segments; above it {@code back_pressure}
 * @param diskReserveBytes free space of the disk below which appends get {@code back_pressure}
 * @param tailCacheBytes newest records of one partition kept in memory for pulls and tails
 * @param pullBytes one answer to a pull, and one message of a tail
 * @param tails open tails of the whole server (a count)
 */
public record JournalLimits(
    long appendBytes,
    long batchBytes,
    long inFlightBytes,
    long diskBytes,
    long diskReserveBytes,
    long tailCacheBytes,
    long pullBytes,
    int tails) {

  public static final JournalLimits DEFAULTS =
      new JournalLimits(
          64L << 20, 1L << 20, 256L << 20, 1L << 40, 256L << 20, 16L << 20, 4L << 20, 1024);

  /** Of a node with replicas: each partition has a buffer for the largest append. */
  public static final JournalLimits REPLICA_DEFAULTS = DEFAULTS.withAppendBytes(16L << 20);

  public JournalLimits {
    if (appendBytes < 1
        || batchBytes < 1
        || inFlightBytes < 1
        || diskBytes < 1
        || diskReserveBytes < 0
        || tailCacheBytes < 0
        || pullBytes < 1
        || tails < 1) {
      throw new IllegalArgumentException("a limit is not positive");
    }
  }

  public JournalLimits withAppendBytes(long value) {
    return new JournalLimits(
        value,
        batchBytes,
        inFlightBytes,
        diskBytes,
        diskReserveBytes,
        tailCacheBytes,
        pullBytes,
        tails);
  }

  public JournalLimits withDiskBytes(long value) {
    return new JournalLimits(
        appendBytes,
        batchBytes,
        inFlightBytes,
        value,
        diskReserveBytes,
        tailCacheBytes,
        pullBytes,
        tails);
  }
}
