/** The deterministic state machine of a partition, without I/O. */
@NullMarked
package io.vecraft.journal.partition;

import org.jspecify.annotations.NullMarked;
