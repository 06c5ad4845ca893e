package io.vecraft.gateway.write;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.Random;
import java.util.UUID;

/**
 * Request ids for requests that came without one: UUIDs of version 7, so that the ids made from
 * them sort by time.
 */
public final class RequestIds {
  private final Clock clock;
  private final Random random;

  public RequestIds(Clock clock, Random random) {
    this.clock = clock;
    this.random = random;
  }

  /** With the machine's clock and a secure source of random numbers. */
  public static RequestIds secure() {
    return new RequestIds(Clock.systemUTC(), new SecureRandom());
  }

  /** A new id, 36 characters. */
  public String next() {
    return uuid7(clock.millis(), random.nextLong(), random.nextLong()).toString();
  }

  static UUID uuid7(long millis, long high, long low) {
    return new UUID(
        (millis & 0xFFFF_FFFF_FFFFL) << 16 | 0x7000 | (high & 0x0FFF),
        0x8000_0000_0000_0000L | (low & 0x3FFF_FFFF_FFFF_FFFFL));
  }
}
