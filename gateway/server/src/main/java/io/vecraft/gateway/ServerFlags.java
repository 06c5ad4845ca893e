package io.vecraft.gateway;

import com.linecorp.armeria.common.FlagsProvider;

/**
 * Settings of the HTTP server that it takes from the class path alone (listed in {@code
 * META-INF/services}).
 */
public final class ServerFlags implements FlagsProvider {
  @Override
  public int priority() {
    return 1;
  }

  /** A semicolon belongs to the id of a record: what follows it must not be cut off. */
  @Override
  public Boolean allowSemicolonInPathComponent() {
    return true;
  }
}
