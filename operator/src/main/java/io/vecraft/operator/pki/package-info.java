/** An authority, and the certificates that it signs. */
@NullMarked
package io.vecraft.operator.pki;

import org.jspecify.annotations.NullMarked;
