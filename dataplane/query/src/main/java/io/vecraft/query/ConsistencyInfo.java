package io.vecraft.query;

/**
 * How fresh and how whole an answer is.
 *
 * @param levelRequested the level asked for
 * @param levelAchieved the level that the answer has
 * @param asOf the stamp that everything in the answer was read at
 * @param sessionStamp what the session's next token holds: at least {@code asOf}, never below the
 *     token that came
 * @param stalenessMs upper bound: every write acknowledged longer than this before the read is in
 *     the answer
 * @param maxAllowedStalenessMs the bound asked for, 0 when there was none
 * @param indexVersion operations applied up to {@code asOf} to the shards that the read concerns
 * @param cacheHit the answer came from the result cache
 * @param syncPerformed the journal was asked before reading
 * @param shardsAnswered shards whose part is in the answer
 * @param shardsTotal shards that the read concerns
 */
public record ConsistencyInfo(
    ConsistencyLevel levelRequested,
    ConsistencyLevel levelAchieved,
    long asOf,
    long sessionStamp,
    long stalenessMs,
    long maxAllowedStalenessMs,
    long indexVersion,
    boolean cacheHit,
    boolean syncPerformed,
    int shardsAnswered,
    int shardsTotal) {}
