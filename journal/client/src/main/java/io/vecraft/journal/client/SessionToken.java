package io.vecraft.journal.client;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * What a session carries from answer to request: the stamp that its reads must not fall behind, and
 * the cluster and incarnation that gave it. As text it is opaque to clients: URL-safe base64 of
 * version, incarnation, a check of the cluster's id, the stamp, and a checksum.
 *
 * <p>It proves nothing about its bearer and grants nothing.
 *
 * @param clusterCheck checksum of the cluster's id
 * @param incarnation of the cluster, positive
 * @param stamp not negative
 */
public record SessionToken(int clusterCheck, long incarnation, long stamp) {
  private static final byte VERSION = 1;
  private static final int BYTES = 1 + 8 + 4 + 8 + 4;

  /** Characters of every token. */
  public static final int TEXT_LENGTH = (BYTES * 8 + 5) / 6;

  public SessionToken {
    if (incarnation < 1 || stamp < 0) {
      throw new IllegalArgumentException("incarnation " + incarnation + ", stamp " + stamp);
    }
  }

  /** A token of a cluster. */
  public static SessionToken of(String clusterId, long incarnation, long stamp) {
    return new SessionToken(check(clusterId), incarnation, stamp);
  }

  /** The token as text. */
  public String text() {
    ByteBuffer b = ByteBuffer.allocate(BYTES);
    b.put(VERSION).putLong(incarnation).putInt(clusterCheck).putLong(stamp);
    b.putInt(checksum(b));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(b.array());
  }

  /**
   * Reads a token that was given to this cluster's client.
   *
   * @throws VecraftException {@code invalid_token} if no cluster like this one gave it, {@code
   *     incarnation_changed} if it is from before a restore
   */
  public static SessionToken parse(String text, String clusterId, long incarnation) {
    SessionToken token = parse(text);
    if (token.clusterCheck != check(clusterId)) {
      throw invalid("the session token is of another cluster");
    }
    if (token.incarnation != incarnation) {
      throw new VecraftException(
          ErrorCode.INCARNATION_CHANGED,
          "the session token is of incarnation %d of the cluster, this is incarnation %d"
              .formatted(token.incarnation, incarnation),
          "session_token");
    }
    return token;
  }

  private static SessionToken parse(String text) {
    if (text.length() != TEXT_LENGTH) {
      throw invalid("a session token has %d characters".formatted(TEXT_LENGTH));
    }
    ByteBuffer b;
    try {
      b = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw invalid("the session token is not URL-safe base64");
    }
    if (b.remaining() != BYTES || b.getInt(BYTES - 4) != checksum(b)) {
      throw invalid("the session token is damaged");
    }
    byte version = b.get();
    if (version != VERSION) {
      throw invalid("the session token has version " + version);
    }
    long incarnation = b.getLong();
    int clusterCheck = b.getInt();
    long stamp = b.getLong();
    if (incarnation < 1 || stamp < 0) {
      throw invalid("the session token is damaged");
    }
    var token = new SessionToken(clusterCheck, incarnation, stamp);
    // Base64 has several spellings of the last character; only ours is a token.
    if (!token.text().equals(text)) {
      throw invalid("the session token is damaged");
    }
    return token;
  }

  private static VecraftException invalid(String message) {
    return new VecraftException(ErrorCode.INVALID_TOKEN, message, "session_token");
  }

  private static int check(String clusterId) {
    var crc = new CRC32C();
    crc.update(clusterId.getBytes(StandardCharsets.UTF_8));
    return (int) crc.getValue();
  }

  private static int checksum(ByteBuffer token) {
    var crc = new CRC32C();
    crc.update(token.array(), 0, BYTES - 4);
    return (int) crc.getValue();
  }
}
