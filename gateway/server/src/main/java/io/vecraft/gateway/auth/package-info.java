/** Who is calling, and what that caller may do. */
@NullMarked
package io.vecraft.gateway.auth;

import org.jspecify.annotations.NullMarked;
