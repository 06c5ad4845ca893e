/** Writes: validation, routing to partitions, transactions, collections, lineage. */
@NullMarked
package io.vecraft.gateway.write;

import org.jspecify.annotations.NullMarked;
