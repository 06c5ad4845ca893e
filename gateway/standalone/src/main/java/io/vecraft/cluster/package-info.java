/**
 * A Vecraft of several processes: one class for each role, composed of the same parts as
 * standalone, with calls over the network between them and the metadata in etcd.
 */
@NullMarked
package io.vecraft.cluster;

import org.jspecify.annotations.NullMarked;
