/** Collections, shards and keys: the state that SYSTEM records add up to. */
@NullMarked
package io.vecraft.journal.catalog;

import org.jspecify.annotations.NullMarked;
