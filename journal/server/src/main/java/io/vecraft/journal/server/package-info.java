/** The journal server. */
@NullMarked
package io.vecraft.journal.server;

import org.jspecify.annotations.NullMarked;
