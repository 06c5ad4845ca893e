/** A cluster of real processes, and what becomes of its promises when they break. */
@NullMarked
package io.vecraft.e2e.cluster;

import org.jspecify.annotations.NullMarked;
