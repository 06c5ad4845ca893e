package io.vecraft.crd.common;

/** How the URL of an embedding provider is written, for rules of the definitions. */
public final class ProviderUrl {
  /** Most characters. */
  public static final int CHARS_MAX = 1_024;

  /**
   * A part of a CEL expression that says so of the text {@code u}. It lets nothing pass that a
   * gateway would not start with or would refuse whatever is allowed; a {@code $} neither, which
   * Kubernetes would take for the beginning of a variable in an argument.
   */
  public static final String RULE =
      "u.matches(r'^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~:@+=,-]+)*/?$') &&"
          + " !u.contains('..')";

  /** What {@link #RULE} asks for, for people. */
  public static final String WORDS =
      "http:// or https://, a host, and where needed a port and a path, without user, query,"
          + " fragment, '%', '..' or '//'";

  private ProviderUrl() {}
}
