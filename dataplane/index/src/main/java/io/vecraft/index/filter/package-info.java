/** Filters: one syntax tree, read from JSON, from text and from string maps. */
@NullMarked
package io.vecraft.index.filter;

import org.jspecify.annotations.NullMarked;
