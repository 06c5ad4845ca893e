package io.vecraft.query;

/** What a read promises; see the table of read modes in the architecture. */
public enum ConsistencyLevel {
  EVENTUAL,
  BOUNDED,
  READ_YOUR_WRITES,
  STRONG
}
