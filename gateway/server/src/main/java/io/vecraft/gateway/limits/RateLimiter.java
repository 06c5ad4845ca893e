package io.vecraft.gateway.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.time.Duration;

/**
 * Bounds the requests a second of each principal, with a burst of one second's worth. Safe for
 * concurrent use; principals that are idle are forgotten.
 */
public final class RateLimiter {
  private static final int PRINCIPALS = 100_000;
  private static final Duration IDLE = Duration.ofMinutes(1);

  private final long perSecond;
  private final Cache<String, Bucket> buckets =
      Caffeine.newBuilder().maximumSize(PRINCIPALS).expireAfterAccess(IDLE).build();

  public RateLimiter(Limits limits) {
    perSecond = limits.get(Limit.REQUESTS_PER_SECOND);
  }

  /** Takes one request; {@code rate_limited} when there is none left. */
  public void take(String principal) {
    Bucket bucket = buckets.get(principal, p -> bucket());
    if (!bucket.tryConsume(1)) {
      throw new VecraftException(
          ErrorCode.RATE_LIMITED,
          "the key %s is over %d requests a second (%s)"
              .formatted(principal, perSecond, Limit.REQUESTS_PER_SECOND.flag()));
    }
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(l -> l.capacity(perSecond).refillGreedy(perSecond, Duration.ofSeconds(1)))
        .build();
  }
}
