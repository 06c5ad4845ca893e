package io.vecraft.gateway.limits;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts of what is going on at the same time, each bounded by its limit; beyond it {@code
 * back_pressure}. Safe for concurrent use.
 */
public final class InFlight {
  private final Gate requests;
  private final Gate bytes;
  private final Gate subscriptions;

  public InFlight(Limits limits) {
    requests = new Gate(Limit.IN_FLIGHT_REQUESTS, limits.get(Limit.IN_FLIGHT_REQUESTS));
    bytes = new Gate(Limit.IN_FLIGHT_BYTES, limits.get(Limit.IN_FLIGHT_BYTES));
    subscriptions = new Gate(Limit.SUBSCRIPTIONS, limits.get(Limit.SUBSCRIPTIONS));
  }

  /** Requests that have begun and not ended. */
  public Gate requests() {
    return requests;
  }

  /** Bytes of request bodies that are held. */
  public Gate bytes() {
    return bytes;
  }

  /** Tails and watches. */
  public Gate subscriptions() {
    return subscriptions;
  }

  /** One bounded count. */
  public static final class Gate {
    private final Limit limit;
    private final long most;
    private final AtomicLong taken = new AtomicLong();

    Gate(Limit limit, long most) {
      this.limit = limit;
      this.most = most;
    }

    /** Takes {@code n}, or refuses with {@code back_pressure} and takes nothing. */
    public void enter(long n) {
      if (taken.addAndGet(n) > most) {
        taken.addAndGet(-n);
        throw new VecraftException(
            ErrorCode.BACK_PRESSURE,
            "over the limit of %d %s (%s); try again later"
                .formatted(most, limit.help(), limit.flag()));
      }
    }

    /** Gives back what was taken. */
    public void leave(long n) {
      taken.addAndGet(-n);
    }

    /** What is taken now. */
    public long taken() {
      return taken.get();
    }
  }
}
