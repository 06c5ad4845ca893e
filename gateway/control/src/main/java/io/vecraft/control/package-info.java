/**
 * Control of a cluster: replicas of shards, shards in partitions and the journal's nodes are kept
 * as wanted, by loops that observe, plan, apply and report. Plans are {@code journal/meta}'s; what
 * runs the loops, a process of the cluster or another, is not known here.
 */
@NullMarked
package io.vecraft.control;

import org.jspecify.annotations.NullMarked;
