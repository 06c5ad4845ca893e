/** Segment files: what is on disk of a partition, and how damage is told from a torn end. */
@NullMarked
package io.vecraft.journal.segment;

import org.jspecify.annotations.NullMarked;
