/** The narrow interface of a replicated partition and its one-replica implementation. */
@NullMarked
package io.vecraft.journal.log;

import org.jspecify.annotations.NullMarked;
