/** Strict reading and direct writing of JSON. */
@NullMarked
package io.vecraft.gateway.json;

import org.jspecify.annotations.NullMarked;
