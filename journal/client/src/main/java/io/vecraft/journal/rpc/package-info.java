/** Connections between our own processes: servers, channels and their mutual TLS. */
@NullMarked
package io.vecraft.journal.rpc;

import org.jspecify.annotations.NullMarked;
