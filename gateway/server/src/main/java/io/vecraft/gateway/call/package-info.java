/** What a call is, however it came: REST and gRPC turn their requests into these and back. */
@NullMarked
package io.vecraft.gateway.call;

import org.jspecify.annotations.NullMarked;
