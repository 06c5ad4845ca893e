/** Certificates that are renewed while a process runs. */
@NullMarked
package io.vecraft.journal.tls;

import org.jspecify.annotations.NullMarked;
