package io.vecraft.query;

import java.util.Random;

/** Seeds of randomised tests: printed, and set by the system property {@code vecraft.seed}. */
final class Seeds {
  private Seeds() {}

  static Random random(String test) {
    long seed = Long.getLong("vecraft.seed", System.nanoTime());
    System.out.println(test + ": -Dvecraft.seed=" + seed);
    return new Random(seed);
  }
}
