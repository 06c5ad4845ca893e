/** The resource {@code Collection}: a collection of a cluster. */
@NullMarked
package io.vecraft.crd.collection;

import org.jspecify.annotations.NullMarked;
