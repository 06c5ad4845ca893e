package io.vecraft.gateway.write;

/** When a write is acknowledged. */
public enum Ack {
  /** Durable in the journal. */
  JOURNAL,
  /** And applied by every replica that serves, so that eventual reads see it. */
  APPLIED
}
