/**
 * The measurements of {@code vecraft bench}: each a ratio or a figure of one run, with the machine
 * named.
 */
@NullMarked
package io.vecraft.standalone.bench;

import org.jspecify.annotations.NullMarked;
