package io.vecraft.journal.time;

/**
 * The durable memory of one member of the clock group. Calls come one at a time.
 *
 * <p>Losing it while the group lives makes the member a new one: it then answers nobody until a
 * change of members has given it an epoch and a floor.
 */
public interface ClockBound {

  /** What was persisted last; {@link Saved#NEW} when nothing ever was. */
  Saved load();

  /**
   * Returns once {@code saved} would survive a crash of the machine. Fails with an unchecked
   * exception when that cannot be promised; the member then neither answers nor adopts above the
   * old bound.
   */
  void persist(Saved saved);

  /**
   * What a member must not forget.
   *
   * @param bound a stamp that no value which the member ever answered or adopted is above
   * @param epoch the last group that the member was told to be in; 0: none yet
   * @param sealed whether it has sworn not to answer in that epoch any more
   */
  record Saved(long bound, long epoch, boolean sealed) {
    /** A member that has never been in a group. */
    public static final Saved NEW = new Saved(0, 0, false);

    public Saved {
      if (bound < 0 || epoch < 0) {
        throw new IllegalArgumentException("bound " + bound + ", epoch " + epoch);
      }
    }
  }
}
