/**
 * The program {@code vecraft}: starts a server, and is a client of the REST API for everything
 * else.
 *
 * <p>A command is a class that names its options and reads top to bottom; {@link
 * io.vecraft.standalone.cli.Api} does the calls and their retries, {@link
 * io.vecraft.standalone.cli.Output} what a person or a script gets to see.
 */
@NullMarked
package io.vecraft.standalone.cli;

import org.jspecify.annotations.NullMarked;
