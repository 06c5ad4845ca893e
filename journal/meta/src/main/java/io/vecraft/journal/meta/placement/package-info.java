/** Which storage nodes hold which shards, and what is to be done to get there. Pure: no I/O. */
@NullMarked
package io.vecraft.journal.meta.placement;

import org.jspecify.annotations.NullMarked;
