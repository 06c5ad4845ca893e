/** What resources tell about themselves. */
@NullMarked
package io.vecraft.operator.status;

import org.jspecify.annotations.NullMarked;
