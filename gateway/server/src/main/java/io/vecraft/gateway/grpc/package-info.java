/** The gRPC services; they mirror the REST routes. */
@NullMarked
package io.vecraft.gateway.grpc;

import org.jspecify.annotations.NullMarked;
