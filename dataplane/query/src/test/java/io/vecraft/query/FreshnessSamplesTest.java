package io.vecraft.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FreshnessSamplesTest {
  private record Round(long nanos, long stamp) {}

  @Test
  void boundsNeverPromiseMoreThanARoundProved() {
    Random random = Seeds.random("FreshnessSamplesTest");
    for (int run = 0; run < 50; run++) {
      var samples = new FreshnessSamples();
      List<Round> rounds = new ArrayList<>();
      long nanos = 0;
      long stamp = 1;
      int count = random.nextInt(20_000);
      for (int i = 0; i < count; i++) {
        nanos += random.nextInt(3_000_000);
        stamp += random.nextInt(4) * 256L;
        rounds.add(new Round(nanos, stamp));
        samples.add(nanos, stamp);
      }
      long now = nanos + random.nextInt(5_000_000);
      for (int i = 0; i < 200; i++) {
        long frontier = random.nextLong(stamp + 1_000);
        long age = samples.ageNanos(frontier, now);
        assertThat(age)
            .isGreaterThanOrEqualTo(
                rounds.stream()
                    .filter(r -> r.stamp() <= frontier)
                    .mapToLong(r -> now - r.nanos())
                    .min()
                    .orElse(Long.MAX_VALUE));
        long bound = random.nextLong(Math.max(1, nanos));
        long enough = samples.freshEnough(bound, now);
        if (enough != Long.MAX_VALUE) {
          assertThat(samples.ageNanos(enough, now)).isLessThanOrEqualTo(bound);
        }
      }
    }
  }

  @Test
  void withoutASampleNothingIsBounded() {
    var samples = new FreshnessSamples();
    assertThat(samples.ageNanos(100, 5)).isEqualTo(Long.MAX_VALUE);
    assertThat(samples.freshEnough(1_000, 5)).isEqualTo(Long.MAX_VALUE);
    samples.add(1, 100);
    assertThat(samples.ageNanos(99, 5)).isEqualTo(Long.MAX_VALUE);
    assertThat(samples.ageNanos(100, 5)).isEqualTo(4);
  }
}
