package io.vecraft.gateway.embedding;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a secret is: {@code env:NAME} or {@code file:/path}. The secret itself is read when it is
 * used, so that it can be changed, and is in no text that this class gives.
 */
sealed interface SecretRef {
  /** Longer files hold no key. */
  int BYTES_MAX = 8_192;

  record Env(String name) implements SecretRef {}

  record File(Path path) implements SecretRef {}

  /**
   * Reads a reference.
   *
   * @param directory that the file must be in, where there is one; a variable is refused then
   * @throws VecraftException {@code invalid_argument} about {@code api_key_ref}; the text is not
   *     repeated, because somebody may have written the secret itself
   */
  static SecretRef parse(String text, Optional<Path> directory) {
    SecretRef ref = parse(text);
    directory.ifPresent(keys -> {
      Path path = ref instanceof File file ? file.path.normalize() : keys;
      if (path.equals(keys) || !path.startsWith(keys)) {
        throw new VecraftException(
            ErrorCode.INVALID_ARGUMENT,
            "this server has keys of embedding providers in files of %s alone: file:%s/NAME"
                .formatted(keys, keys),
            "api_key_ref");
      }
    });
    return ref;
  }

  private static SecretRef parse(String text) {
    if (text.startsWith("env:") && text.substring(4).matches("[A-Za-z_][A-Za-z0-9_]*")) {
      return new Env(text.substring(4));
    }
    try {
      if (text.startsWith("file:/") && Path.of(text.substring(5)).isAbsolute()) {
        return new File(Path.of(text.substring(5)));
      }
    } catch (InvalidPathException e) {
      throw refused();
    }
    throw refused();
  }

  private static VecraftException refused() {
    return new VecraftException(
        ErrorCode.INVALID_ARGUMENT,
        "api_key_ref names where the key is: env:NAME or file:/path",
        "api_key_ref");
  }

  /**
   * The secret.
   *
   * @throws VecraftException {@code embedding_unavailable} when it is not there
   */
  default String secret() {
    Optional<String> value =
        switch (this) {
          case Env(String name) -> Optional.ofNullable(System.getenv(name));
          case File(Path path) -> read(path);
        };
    return value
        .map(String::strip)
        .filter(text -> !text.isEmpty() && text.chars().allMatch(c -> c > 0x20 && c < 0x7F))
        .orElseThrow(() ->
            new VecraftException(
                ErrorCode.EMBEDDING_UNAVAILABLE,
                "the key of the embedding provider is not to be had from " + this));
  }

  private static Optional<String> read(Path path) {
    try {
      return Files.size(path) > BYTES_MAX ? Optional.empty() : Optional.of(Files.readString(path));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
