/** The metadata store: a projection of the SYSTEM journal. */
@NullMarked
package io.vecraft.journal.meta;

import org.jspecify.annotations.NullMarked;
