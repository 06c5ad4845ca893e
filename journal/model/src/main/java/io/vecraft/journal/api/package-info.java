/** The journal as its clients see it; one implementation in the process, one over gRPC. */
@NullMarked
package io.vecraft.journal.api;

import org.jspecify.annotations.NullMarked;
