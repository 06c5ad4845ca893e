package io.vecraft.e2e.program;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a process of the program is started. */
public final class Program {
  private Program() {}

  /**
   * A JVM that runs the program's main class with assertions on; the program's arguments follow.
   *
   * @param heap as {@code -Xmx} takes it
   */
  public static List<String> command(String heap) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // A short life: what the compiler of hot code would do comes too late anyway.
    command.addAll(List.of("-Xmx" + heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-ea"));
    command.addAll(modules());
    command.addAll(List.of("-cp", classPath(), "io.vecraft.standalone.cli.Vecraft"));
    return List.copyOf(command);
  }

  /** The etcd that clusters are made with: that of {@code VECRAFT_ETCD}, or the one on the path. */
  public static Path etcd() {
    String named = System.getenv("VECRAFT_ETCD");
    return Path.of(named == null ? "etcd" : named);
  }

  private static List<String> modules() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag ->
            flag.startsWith("--add-modules")
                || flag.startsWith("--enable-native-access")
                || flag.startsWith("--sun-misc-unsafe"))
        .toList();
  }

  private static String classPath() {
    String ofSurefire = System.getProperty("surefire.test.class.path", "");
    return ofSurefire.isEmpty() ? System.getProperty("java.class.path") : ofSurefire;
  }
}
