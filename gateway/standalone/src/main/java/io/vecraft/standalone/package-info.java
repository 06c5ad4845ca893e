/** Everything in one process, and the command line. */
@NullMarked
package io.vecraft.standalone;

import org.jspecify.annotations.NullMarked;
