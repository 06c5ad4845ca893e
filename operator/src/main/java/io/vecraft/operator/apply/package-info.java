/** Bringing objects into Kubernetes, and leaving alone those that are as they should be. */
@NullMarked
package io.vecraft.operator.apply;

import org.jspecify.annotations.NullMarked;
