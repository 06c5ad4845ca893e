package io.vecraft.journal.log.raft;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;

/**
 * Turns before a measurement. Where a processor has few cores the JVM's compiler takes most of them
 * for the first minute of a load, which is then no measure of the load.
 */
public final class WarmUp {
  private static final CompilationMXBean COMPILER = ManagementFactory.getCompilationMXBean();

  /** Part of a turn's time that may go to the compiler when it is at rest. */
  private static final double COMPILING_MAX = 0.05;

  private WarmUp() {}

  /** Repeats a turn until nothing is compiled beside it any more, at most so many times. */
  public static void run(Runnable turn, int turnsMax) {
    double compiling = 1;
    for (int i = 0; i < turnsMax && compiling > COMPILING_MAX; i++) {
      long before = compilingMillis();
      long began = System.nanoTime();
      turn.run();
      compiling = (compilingMillis() - before) * 1e6 / (System.nanoTime() - began);
    }
  }

  /** Time that the compiler has taken so far in this process. */
  public static long compilingMillis() {
    return COMPILER.getTotalCompilationTime();
  }
}
