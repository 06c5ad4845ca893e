package io.vecraft.query;

import io.vecraft.storage.read.RecordView;
import java.util.List;
import java.util.Optional;

/**
 * One page of a scroll.
 *
 * @param records each record exactly once over all pages
 * @param cursor for the next page; empty on the last one
 * @param consistency how fresh it is
 */
public record ScrollAnswer(
    List<RecordView> records, Optional<String> cursor, ConsistencyInfo consistency) {}
