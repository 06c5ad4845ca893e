/** A shard on disk: immutable files, their manifest, and what happens when one is damaged. */
@NullMarked
package io.vecraft.storage.checkpoint;

import org.jspecify.annotations.NullMarked;
