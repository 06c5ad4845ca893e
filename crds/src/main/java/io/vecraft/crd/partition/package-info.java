/** The resource {@code JournalPartition}: one ordered log of a cluster's journal. */
@NullMarked
package io.vecraft.crd.partition;

import org.jspecify.annotations.NullMarked;
