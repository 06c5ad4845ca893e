/** What the custom resources share. */
@NullMarked
package io.vecraft.crd.common;

import org.jspecify.annotations.NullMarked;
