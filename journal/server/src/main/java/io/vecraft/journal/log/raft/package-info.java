/**
 * A partition's log replicated by Raft (Apache Ratis), and what is done about the sharp edges of
 * that library: nothing but this package knows it.
 */
@NullMarked
package io.vecraft.journal.log.raft;

import org.jspecify.annotations.NullMarked;
