package io.vecraft.gateway.call;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * Session tokens: a stamp and the incarnation of the cluster that gave it. Opaque to clients; a
 * checksum tells a token that was cut or made up from one that we gave.
 */
public final class SessionTokens {
  private static final byte VERSION = 1;
  private static final int BYTES = 1 + 2 * Long.BYTES + Integer.BYTES;
  private static final int CHARS = (BYTES * 8 + 5) / 6;

  private final long incarnation;

  public SessionTokens(long incarnation) {
    this.incarnation = incarnation;
  }

  /** The token of a session that has seen everything up to the stamp. */
  public String encode(long stamp) {
    ByteBuffer token = ByteBuffer.allocate(BYTES).put(VERSION).putLong(incarnation).putLong(stamp);
    token.putInt(checksum(token.array()));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token.array());
  }

  /**
   * The stamp of a token.
   *
   * @throws VecraftException {@code invalid_token}, or {@code incarnation_changed} when it is from
   *     before a restore
   */
  public long decode(String token, String field) {
    ByteBuffer bytes = bytes(token, field);
    byte version = bytes.get();
    long of = bytes.getLong();
    long stamp = bytes.getLong();
    if (version != VERSION || bytes.getInt() != checksum(bytes.array()) || stamp < 0) {
      throw invalid(field);
    }
    if (of != incarnation) {
      throw new VecraftException(
          ErrorCode.INCARNATION_CHANGED,
          "the token is from before the cluster was restored; begin a new session",
          field);
    }
    return stamp;
  }

  private static ByteBuffer bytes(String token, String field) {
    if (token.length() != CHARS) {
      throw invalid(field);
    }
    try {
      return ByteBuffer.wrap(Base64.getUrlDecoder().decode(token));
    } catch (IllegalArgumentException e) {
      throw invalid(field);
    }
  }

  private static VecraftException invalid(String field) {
    return new VecraftException(
        ErrorCode.INVALID_TOKEN, "the session token is not one of this server's", field);
  }

  private static int checksum(byte[] token) {
    CRC32C crc = new CRC32C();
    crc.update(token, 0, BYTES - Integer.BYTES);
    return (int) crc.getValue();
  }
}
