package io.vecraft.operator.control;

/**
 * What one side of a connection shows, and whom it believes, all PEM. The key is not part of the
 * text form.
 *
 * @param certificate chain that is shown
 * @param key its private key, PKCS#8
 * @param authority certificates that those of others must be signed by
 */
public record Identity(String certificate, String key, String authority) {
  @Override
  public String toString() {
    return "Identity[" + certificate.length() + " characters]";
  }
}
