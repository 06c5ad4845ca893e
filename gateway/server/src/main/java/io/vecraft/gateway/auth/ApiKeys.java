package io.vecraft.gateway.auth;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.proto.journal.ApiKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The keys of the catalog, ready to be checked. A key reads {@code vk_ID_SECRET}: the id finds its
 * entry, the whole text's SHA-256 is compared with the stored one in constant time. A secret has
 * 256 random bits, so a fast hash is enough. Safe for concurrent use.
 */
public final class ApiKeys {
  private static final String PREFIX = "vk_";
  private static final int ID_BYTES = 8;
  private static final int ID_CHARS = 2 * ID_BYTES;
  private static final int SECRET_BYTES = 32;
  private static final int MOST_CHARS = 256;

  private final Supplier<Catalog> catalog;
  private final Optional<byte[]> adminKeyHash;
  private final boolean required;
  private volatile Ring ring;

  /** The keys of one catalog. */
  private record Ring(Catalog catalog, Map<String, Entry> byId) {}

  private record Entry(byte[] hash, Principal principal) {}

  /** A new key; the text is shown once and never stored. */
  public record NewKey(ApiKey key, String text) {
    @Override
    public String toString() {
      return "NewKey[" + key.getId() + "]";
    }
  }

  /**
   * @param catalog the newest catalog
   * @param adminKey a key that is always accepted
   * @param required whether a call without a key is refused
   */
  public ApiKeys(Supplier<Catalog> catalog, Optional<String> adminKey, boolean required) {
    this.catalog = catalog;
    this.adminKeyHash = adminKey.map(ApiKeys::hash);
    this.required = required;
    this.ring = ring(catalog.get());
  }

  /**
   * The caller with that key.
   *
   * @throws VecraftException {@code unauthenticated} when the key is wrong, or missing and required
   */
  public Principal authenticate(Optional<String> key) {
    if (key.isEmpty()) {
      if (required) {
        throw new VecraftException(
            ErrorCode.UNAUTHENTICATED,
            "a key is needed: Authorization: Bearer KEY, or X-Api-Key: KEY");
      }
      return Principal.LOCAL;
    }
    return find(key.get())
        .orElseThrow(() -> new VecraftException(ErrorCode.UNAUTHENTICATED, "the key is not valid"));
  }

  private Optional<Principal> find(String key) {
    if (key.length() > MOST_CHARS) {
      return Optional.empty();
    }
    byte[] hash = hash(key);
    if (adminKeyHash.isPresent() && MessageDigest.isEqual(hash, adminKeyHash.get())) {
      return Optional.of(new Principal("admin", Grants.ALL));
    }
    if (!key.startsWith(PREFIX) || key.length() < PREFIX.length() + ID_CHARS) {
      return Optional.empty();
    }
    Entry entry = current().byId.get(key.substring(PREFIX.length(), PREFIX.length() + ID_CHARS));
    return entry != null && MessageDigest.isEqual(hash, entry.hash)
        ? Optional.of(entry.principal)
        : Optional.empty();
  }

  private Ring current() {
    Catalog now = catalog.get();
    Ring known = ring;
    if (known.catalog != now) {
      known = ring(now);
      ring = known;
    }
    return known;
  }

  private static Ring ring(Catalog catalog) {
    var byId = new HashMap<String, Entry>();
    for (ApiKey key : catalog.keys()) {
      byId.put(
          key.getId(),
          new Entry(
              key.getSha256().toByteArray(),
              new Principal(key.getId(), Grants.parse(key.getGrantsList()))));
    }
    return new Ring(catalog, byId);
  }

  /**
   * Makes a key.
   *
   * @param name for people
   * @param grants checked by {@link Grants#parse}
   * @param nowMs milliseconds since the epoch
   */
  public static NewKey make(String name, List<String> grants, long nowMs, SecureRandom random) {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    String idText = HexFormat.of().formatHex(id);
    String text =
        PREFIX + idText + "_" + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    return new NewKey(
        ApiKey.newBuilder()
            .setId(idText)
            .setSha256(ByteString.copyFrom(hash(text)))
            .setName(name)
            .addAllGrants(grants)
            .setCreatedMs(nowMs)
            .build(),
        text);
  }

  private static byte[] hash(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
