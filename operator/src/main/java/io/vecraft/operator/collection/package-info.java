/** Collections: from the resource to the gateway, and back to its status. */
@NullMarked
package io.vecraft.operator.collection;

import org.jspecify.annotations.NullMarked;
