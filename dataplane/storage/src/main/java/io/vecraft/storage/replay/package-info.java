/** From the journal to the shards: the partitions merged in stamp order, up to the frontier. */
@NullMarked
package io.vecraft.storage.replay;

import org.jspecify.annotations.NullMarked;
