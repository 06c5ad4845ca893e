package io.vecraft.operator.engine;

/**
 * Where gateways have the keys of embedding providers. Definitions of collections say so, and
 * cannot be changed: this is for good.
 */
public final class EmbeddingKeys {
  /** Where the Secret is mounted, a file for each entry. */
  public static final String DIRECTORY = "/etc/vecraft/embedding";

  private EmbeddingKeys() {}

  /** What a definition says of the key in that entry. */
  public static String reference(String entry) {
    return "file:" + DIRECTORY + "/" + entry;
  }
}
