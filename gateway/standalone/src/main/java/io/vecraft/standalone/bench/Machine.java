package io.vecraft.standalone.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a measurement was made on. */
final class Machine {
  private Machine() {}

  /** Processor, cores, memory, Java and load, for the head of a report. */
  static Map<String, Object> describe() {
    var machine = new LinkedHashMap<String, Object>();
    machine.put("cpu", cpuModel());
    machine.put("cores", Runtime.getRuntime().availableProcessors());
    var os = ManagementFactory.getOperatingSystemMXBean();
    if (os instanceof com.sun.management.OperatingSystemMXBean known) {
      machine.put("memory_mib", known.getTotalMemorySize() >> 20);
    }
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("java", Runtime.version().toString());
    machine.put("load_average", loadAverage());
    return machine;
  }

  /** Of the last minute; a machine that does nothing else has less than 1. */
  static double loadAverage() {
    var os = ManagementFactory.getOperatingSystemMXBean();
    return Math.round(os.getSystemLoadAverage() * 100) / 100.0;
  }

  private static String cpuModel() {
    Path info = Path.of("/proc/cpuinfo");
    if (Files.isReadable(info)) {
      try (var lines = Files.lines(info)) {
        return lines
            .filter(l -> l.startsWith("model name"))
            .findFirst()
            .map(l -> l.substring(l.indexOf(':') + 1).trim())
            .orElse(System.getProperty("os.arch"));
      } catch (IOException e) {
        return System.getProperty("os.arch");
      }
    }
    return System.getProperty("os.arch");
  }
}
