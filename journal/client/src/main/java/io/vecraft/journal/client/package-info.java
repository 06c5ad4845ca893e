/** Append, pull and tail across processes; session tokens. */
@NullMarked
package io.vecraft.journal.client;

import org.jspecify.annotations.NullMarked;
