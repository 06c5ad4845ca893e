/** The closed list of errors that a client can see, with their REST and gRPC status. */
@NullMarked
package io.vecraft.error;

import org.jspecify.annotations.NullMarked;
