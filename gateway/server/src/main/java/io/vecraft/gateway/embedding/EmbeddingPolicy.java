package io.vecraft.gateway.embedding;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the server allows embedding providers to do.
 *
 * @param allowedUrls a provider's URL must have the scheme, host and port of one of them, and a
 *     path at or below its path; empty allows no remote provider
 * @param keyDirectory where the keys of providers are, a file each, and nowhere else; empty allows
 *     any file and any variable of the environment: whoever may define a collection can then send
 *     what is in one to an allowed URL
 * @param callTimeout longest wait for one call of a provider
 * @param attemptsMax most calls for one batch, the first included
 * @param textsPerCallMax most texts in one call
 */
public record EmbeddingPolicy(
    List<URI> allowedUrls,
    Optional<Path> keyDirectory,
    Duration callTimeout,
    int attemptsMax,
    int textsPerCallMax) {
  public EmbeddingPolicy {
    allowedUrls = List.copyOf(allowedUrls);
    keyDirectory = keyDirectory.map(directory -> directory.toAbsolutePath().normalize());
    if (callTimeout.isNegative() || callTimeout.isZero()) {
      throw new IllegalArgumentException("callTimeout must be positive, not " + callTimeout);
    }
    if (attemptsMax < 1 || attemptsMax > 10) {
      throw new IllegalArgumentException("attemptsMax must be 1 to 10, not " + attemptsMax);
    }
    if (textsPerCallMax < 1 || textsPerCallMax > 2048) {
      throw new IllegalArgumentException(
          "textsPerCallMax must be 1 to 2048, not " + textsPerCallMax);
    }
  }

  /** Defaults: 10 s a call, 4 attempts, 128 texts a call. */
  public static EmbeddingPolicy allowing(List<URI> allowedUrls, Optional<Path> keyDirectory) {
    return new EmbeddingPolicy(allowedUrls, keyDirectory, Duration.ofSeconds(10), 4, 128);
  }
}
