/** Chunked memory outside the heap, and files of it with a checksum per block. */
@NullMarked
package io.vecraft.index.memory;

import org.jspecify.annotations.NullMarked;
