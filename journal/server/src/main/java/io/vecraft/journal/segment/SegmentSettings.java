package io.vecraft.journal.segment;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/**
 * Where and how a partition's segments are kept.
 *
 * @param directory of the partition alone
 * @param clusterId of the journal
 * @param incarnation in force; segments of earlier ones are read
 * @param partition its number
 * @param segmentBytes size at which a segment is sealed
 * @param segmentAge age at which a segment is sealed
 * @param acceptLoss set aside what is damaged and what follows it, instead of refusing to open
 */
public record SegmentSettings(
    Path directory,
    UUID clusterId,
    long incarnation,
    int partition,
    long segmentBytes,
    Duration segmentAge,
    boolean acceptLoss) {}
