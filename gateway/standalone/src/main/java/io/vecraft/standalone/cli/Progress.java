package io.vecraft.standalone.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * Shows on standard error how far long work has come: a bar that redraws itself on a terminal, a
 * line every few seconds elsewhere. Safe for use by many threads.
 */
final class Progress implements AutoCloseable {
  private static final int BAR_WIDTH = 30;
  private static final long TERMINAL_EVERY_NS = Duration.ofMillis(200).toNanos();
  private static final long PLAIN_EVERY_NS = Duration.ofSeconds(5).toNanos();

  private final PrintStream err;
  private final boolean terminal;
  private final String what;
  private final OptionalLong total;
  private final long began = System.nanoTime();
  // Guarded by this.
  private long done;
  private long skipped;
  private long printed;
  private boolean drawn;

  /**
   * @param what the plural of what is counted
   * @param total how many there are, when known
   */
  Progress(PrintStream err, boolean terminal, String what, OptionalLong total) {
    this.err = err;
    this.terminal = terminal;
    this.what = what;
    this.total = total;
    this.printed = began;
  }

  /** Progress on this process's standard error; the launcher tells whether it is a terminal. */
  static Progress onStandardError(String what, OptionalLong total) {
    return new Progress(System.err, Boolean.getBoolean("vecraft.terminal"), what, total);
  }

  /** Counts work that was done before this run, so that the rate is not flattered by it. */
  synchronized void skip(long count) {
    skipped += count;
  }

  synchronized void add(long count) {
    done += count;
    long now = System.nanoTime();
    if (now - printed >= (terminal ? TERMINAL_EVERY_NS : PLAIN_EVERY_NS)) {
      printed = now;
      draw(now);
    }
  }

  /** The rate since the start, per second. */
  synchronized double rate() {
    return done / Math.max(1e-9, (System.nanoTime() - began) / 1e9);
  }

  @Override
  public synchronized void close() {
    if (drawn && terminal) {
      draw(System.nanoTime());
      err.println();
    }
  }

  private void draw(long now) {
    drawn = true;
    double rate = done / Math.max(1e-9, (now - began) / 1e9);
    long all = done + skipped;
    String text;
    if (total.isPresent() && total.getAsLong() > 0) {
      double part = Math.min(1.0, (double) all / total.getAsLong());
      int filled = (int) (part * BAR_WIDTH);
      long left = rate > 0 ? (long) ((total.getAsLong() - all) / rate) : 0;
      String bar = terminal ? "[" + "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled) + "] " : "";
      text =
          String.format(
              Locale.ROOT,
              "%s%3.0f%%  %,d of %,d %s  %,.0f/s  %s left",
              bar,
              part * 100,
              all,
              total.getAsLong(),
              what,
              rate,
              duration(Math.max(0, left)));
    } else {
      text = String.format(Locale.ROOT, "%,d %s  %,.0f/s", all, what, rate);
    }
    if (terminal) {
      // Back to the start of the line, and clear what a longer line left there.
      err.print("\r" + text + "\u001b[K");
      err.flush();
    } else {
      err.println(text);
    }
  }

  /** Seconds as a person says them: {@code 42s}, {@code 3m10s}, {@code 1h05m}. */
  static String duration(long seconds) {
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return String.format(Locale.ROOT, "%dm%02ds", seconds / 60, seconds % 60);
    }
    return String.format(Locale.ROOT, "%dh%02dm", seconds / 3600, seconds % 3600 / 60);
  }
}
