package io.vecraft.journal.time;

/** A durable bound that a test can look into, and whose disk it can break. */
final class MemoryBound implements ClockBound {
  private Saved saved = Saved.NEW;
  private int persists;
  private boolean broken;
  private boolean dead;

  @Override
  public synchronized Saved load() {
    return saved;
  }

  @Override
  public synchronized void persist(Saved next) {
    if (broken) {
      throw new IllegalStateException("disk broken");
    }
    if (!dead) {
      saved = next;
      persists++;
    }
  }

  /**
   * The bound as the next process finds it. The process of this one is dead: what it had under way
   * in the background reaches the disk no more.
   */
  synchronized MemoryBound restarted() {
    dead = true;
    var next = new MemoryBound();
    next.saved = saved;
    return next;
  }

  synchronized int persists() {
    return persists;
  }

  synchronized void breakDisk() {
    broken = true;
  }
}
