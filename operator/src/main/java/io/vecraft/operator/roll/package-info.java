/** Bringing Pods to the newest revision one after the other, under gates. */
@NullMarked
package io.vecraft.operator.roll;

import org.jspecify.annotations.NullMarked;
