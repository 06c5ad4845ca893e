/** The edge: REST and gRPC, authentication, limits. */
@NullMarked
package io.vecraft.gateway;

import org.jspecify.annotations.NullMarked;
