/**
 * What a query processor asks of a shard replica; in one process called directly, else over gRPC.
 */
@NullMarked
package io.vecraft.storage.read;

import org.jspecify.annotations.NullMarked;
