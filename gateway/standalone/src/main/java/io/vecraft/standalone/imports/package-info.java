/** Readers of the files that {@code vecraft import} takes, one class per format. */
@NullMarked
package io.vecraft.standalone.imports;

import org.jspecify.annotations.NullMarked;
