/** What the edge refuses because it is too large, too deep, too fast or too much at once. */
@NullMarked
package io.vecraft.gateway.limits;

import org.jspecify.annotations.NullMarked;
