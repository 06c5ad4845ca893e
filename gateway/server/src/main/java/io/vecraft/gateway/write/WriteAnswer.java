package io.vecraft.gateway.write;

import java.util.List;

/**
 * The outcome of a write.
 *
 * @param results in the order of the request
 * @param stamp the largest stamp among the results; 0 when nothing was journaled
 * @param sessionStamp what the session's next token holds
 */
public record WriteAnswer(List<ItemResult> results, long stamp, long sessionStamp) {}
