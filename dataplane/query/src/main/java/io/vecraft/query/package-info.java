/** Fan-out, merge, consistency and caching of reads. */
@NullMarked
package io.vecraft.query;

import org.jspecify.annotations.NullMarked;
