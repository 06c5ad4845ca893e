package io.vecraft.e2e.history;

import java.time.Instant;

/**
 * A request that was not answered, or with an error that asks for another try.
 *
 * @param at when that was known, by the machine's clock
 * @param client whose request it was
 * @param what a write or a read of which level
 * @param why there was no answer
 * @param last whether the client gave up after it
 */
public record Attempt(Instant at, String client, String what, String why, boolean last) {}
