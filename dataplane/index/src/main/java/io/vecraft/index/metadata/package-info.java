/** Indexes over declared metadata fields. */
@NullMarked
package io.vecraft.index.metadata;

import org.jspecify.annotations.NullMarked;
