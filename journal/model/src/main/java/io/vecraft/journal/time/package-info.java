/** Stamps and the quorum clock that gives them. */
@NullMarked
package io.vecraft.journal.time;

import org.jspecify.annotations.NullMarked;
