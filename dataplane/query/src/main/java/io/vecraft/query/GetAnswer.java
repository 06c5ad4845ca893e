package io.vecraft.query;

import io.vecraft.storage.read.RecordView;
import java.util.List;

/**
 * The answer to a read by id.
 *
 * @param records what exists, in the order asked for
 * @param missing ids that do not exist; of a partial answer only those whose shard answered
 * @param consistency how fresh and whole it is
 */
public record GetAnswer(
    List<RecordView> records, List<String> missing, ConsistencyInfo consistency) {}
