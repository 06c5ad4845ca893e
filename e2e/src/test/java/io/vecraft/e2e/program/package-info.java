/** The program under test, as processes of the classes that the tests run with. */
@NullMarked
package io.vecraft.e2e.program;

import org.jspecify.annotations.NullMarked;
