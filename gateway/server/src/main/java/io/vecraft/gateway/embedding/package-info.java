/** Providers that turn text into vectors. */
@NullMarked
package io.vecraft.gateway.embedding;

import org.jspecify.annotations.NullMarked;
