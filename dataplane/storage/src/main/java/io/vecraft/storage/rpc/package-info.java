/**
 * Storage nodes in other processes: {@link io.vecraft.storage.rpc.GrpcStorageService} answers for a
 * node, {@link io.vecraft.storage.rpc.RemoteStorageNode} is the node as others see it.
 */
@NullMarked
package io.vecraft.storage.rpc;

import org.jspecify.annotations.NullMarked;
