/** What the log means for one shard: versions, decisions, search. No journal, no threads. */
@NullMarked
package io.vecraft.storage.shard;

import org.jspecify.annotations.NullMarked;
