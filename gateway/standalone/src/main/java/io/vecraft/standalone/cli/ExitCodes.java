package io.vecraft.standalone.cli;

/** What the process answers its caller with; part of the contract with scripts. */
final class ExitCodes {
  static final int OK = 0;
  static final int FAILURE = 1;
  static final int USAGE = 2;
  static final int NOT_FOUND = 3;
  static final int CONFLICT = 4;
  static final int UNAVAILABLE = 5;

  private ExitCodes() {}
}
