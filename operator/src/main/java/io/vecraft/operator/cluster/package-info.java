/** Clusters: from the resource to the objects that run it, and back to its status. */
@NullMarked
package io.vecraft.operator.cluster;

import org.jspecify.annotations.NullMarked;
