/**
 * Query processors in other processes: {@link io.vecraft.query.rpc.GrpcQueryService} answers for
 * one, {@link io.vecraft.query.rpc.RemoteQueryProcessor} is several of them as a gateway sees them.
 */
@NullMarked
package io.vecraft.query.rpc;

import org.jspecify.annotations.NullMarked;
