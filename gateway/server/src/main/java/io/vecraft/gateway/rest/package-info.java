/** The REST interface: routes, their handlers, and what all answers have in common. */
@NullMarked
package io.vecraft.gateway.rest;

import org.jspecify.annotations.NullMarked;
