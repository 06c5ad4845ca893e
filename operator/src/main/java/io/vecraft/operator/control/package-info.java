/** Control of clusters that runs in the operator, instead of in Pods of theirs. */
@NullMarked
package io.vecraft.operator.control;

import org.jspecify.annotations.NullMarked;
