/** Counters, gauges and histograms of the edge, and how they are written out. */
@NullMarked
package io.vecraft.gateway.metrics;

import org.jspecify.annotations.NullMarked;
