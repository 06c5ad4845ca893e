/** Partitions of the journal: what the gateways tell of them, as the status of their resources. */
@NullMarked
package io.vecraft.operator.partition;

import org.jspecify.annotations.NullMarked;
