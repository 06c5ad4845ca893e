/** The storage node: which shard replicas it has, their threads, checkpoints and reads. */
@NullMarked
package io.vecraft.storage.node;

import org.jspecify.annotations.NullMarked;
