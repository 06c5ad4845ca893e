package io.vecraft.query;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a {@link SamplingClock} asked now and then, so that readers know how fresh a frontier is also
 * where nothing else has asked for long: an eventual read says so, and a bounded one needs no
 * barrier when its bound is longer than the pause. A round that fails is left out. One thread of
 * its own does it.
 */
public final class ClockSampler implements AutoCloseable {
  /** From the end of one round to the beginning of the next. */
  public static final Duration PAUSE = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(ClockSampler.class);
  private static final long ANSWER_SECONDS = 5;
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final SamplingClock clock;
  private final Duration pause;
  private final Thread thread;

  private ClockSampler(SamplingClock clock, Duration pause) {
    this.clock = clock;
    this.pause = pause;
    this.thread = Thread.ofVirtual().name("clock-samples").unstarted(this::run);
  }

  /** Begins to ask. */
  public static ClockSampler start(SamplingClock clock, Duration pause) {
    var sampler = new ClockSampler(clock, pause);
    sampler.thread.start();
    return sampler;
  }

  private void run() {
    try {
      while (true) {
        try {
          var unused = clock.agreed().get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
          LOG.debug("the clock does not answer", e);
        }
        Thread.sleep(pause);
      }
    } catch (InterruptedException e) {
      LOG.debug("the clock is not asked any more");
    }
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join(CLOSE);
  }
}
