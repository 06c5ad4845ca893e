/**
 * What clients saw, and whether the promises allow it.
 *
 * <p>{@link io.vecraft.e2e.history.SerialSearch} looks at writes, transactions and strong reads
 * from outside only: it searches for one order that explains them and respects real time. {@link
 * io.vecraft.e2e.history.StampRules} takes the stamps in the answers at their word and checks every
 * read, of any level, against them.
 */
@NullMarked
package io.vecraft.e2e.history;

import org.jspecify.annotations.NullMarked;
