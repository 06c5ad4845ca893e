package io.vecraft.standalone.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Measures. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = "Measure this machine.")
final class BenchCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    throw new UnsupportedOperationException("bench");
  }
}
