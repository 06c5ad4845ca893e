/**
 * Rounds of {@code kill -9}: a standalone process is killed while clients write, started again on
 * the same data, and compared with a model.
 */
@NullMarked
package io.vecraft.e2e.crash;

import org.jspecify.annotations.NullMarked;
