/** The REST interface as the tests' clients use it. */
@NullMarked
package io.vecraft.e2e.http;

import org.jspecify.annotations.NullMarked;
