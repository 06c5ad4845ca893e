/** Nearest-neighbour search: HNSW over vectors outside the Java heap. */
@NullMarked
package io.vecraft.index.vector;

import org.jspecify.annotations.NullMarked;
