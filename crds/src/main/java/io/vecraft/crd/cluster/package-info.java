/** The resource {@code VecraftCluster}: a cluster as it is wanted, and as it is. */
@NullMarked
package io.vecraft.crd.cluster;

import org.jspecify.annotations.NullMarked;
