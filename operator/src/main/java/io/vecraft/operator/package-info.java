/** The program that makes clusters and collections out of custom resources. */
@NullMarked
package io.vecraft.operator;

import org.jspecify.annotations.NullMarked;
