package io.vecraft.gateway.auth;

/** What a call does, from the least to the most. A grant of one includes those before it. */
public enum Action {
  READ,
  WRITE,
  ADMIN;

  /** The name in a grant. */
  public String grant() {
    return switch (this) {
      case READ -> "read";
      case WRITE -> "write";
      case ADMIN -> "admin";
    };
  }
}
