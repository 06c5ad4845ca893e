/** Addresses on this machine. */
@NullMarked
package io.vecraft.net;

import org.jspecify.annotations.NullMarked;
