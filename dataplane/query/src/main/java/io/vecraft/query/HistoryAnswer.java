package io.vecraft.query;

import io.vecraft.storage.read.VersionView;
import java.util.List;
import java.util.Optional;

/**
 * Versions of a record.
 *
 * @param versions newest first
 * @param cursor for the next page; empty on the last one
 * @param consistency how fresh it is
 */
public record HistoryAnswer(
    List<VersionView> versions, Optional<String> cursor, ConsistencyInfo consistency) {}
