/** The JSON bodies of requests, read strictly. */
@NullMarked
package io.vecraft.gateway.body;

import org.jspecify.annotations.NullMarked;
