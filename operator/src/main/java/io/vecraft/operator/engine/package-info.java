/** What the operator asks of a running cluster. */
@NullMarked
package io.vecraft.operator.engine;

import org.jspecify.annotations.NullMarked;
