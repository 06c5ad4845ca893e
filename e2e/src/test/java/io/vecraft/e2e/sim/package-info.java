/**
 * The seeded simulation of order and time: the product's own clock, partitions, merge and shards in
 * one thread, over machines, a network and clients that are made up from one seed.
 */
@NullMarked
package io.vecraft.e2e.sim;

import org.jspecify.annotations.NullMarked;
