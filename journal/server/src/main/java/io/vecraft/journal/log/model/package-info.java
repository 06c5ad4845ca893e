/** A seeded, single-threaded model of a replicated log, for simulation. */
@NullMarked
package io.vecraft.journal.log.model;

import org.jspecify.annotations.NullMarked;
