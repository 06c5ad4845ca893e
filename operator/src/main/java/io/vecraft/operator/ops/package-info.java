/** Health and metrics of the operator's process, over HTTP. */
@NullMarked
package io.vecraft.operator.ops;

import org.jspecify.annotations.NullMarked;
