/** A cluster of real processes on this machine, for development and for tests of faults. */
@NullMarked
package io.vecraft.cluster.local;

import org.jspecify.annotations.NullMarked;
