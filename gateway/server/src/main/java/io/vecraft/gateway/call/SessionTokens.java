package io.vecraft.gateway.call;

import io.vecraft.error.VecraftException;
import io.vecraft.journal.client.SessionToken;

/** Session tokens of this cluster in this incarnation. Safe for concurrent use. */
public final class SessionTokens {
  private final String clusterId;
  private final long incarnation;

  public SessionTokens(String clusterId, long incarnation) {
    this.clusterId = clusterId;
    this.incarnation = incarnation;
  }

  /** The token of a session that has seen everything up to the stamp. */
  public String encode(long stamp) {
    return SessionToken.of(clusterId, incarnation, stamp).text();
  }

  /**
   * The stamp of a token.
   *
   * @throws VecraftException {@code invalid_token}, or {@code incarnation_changed} when it is from
   *     before a restore
   */
  public long decode(String token, String field) {
    try {
      return SessionToken.parse(token, clusterId, incarnation).stamp();
    } catch (VecraftException e) {
      throw new VecraftException(e.code(), e.reason(), field);
    }
  }
}
