package io.vecraft.standalone.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Python in an environment of its own, which is made when it is first needed and kept. */
final class PythonSide {
  private static final List<String> PACKAGES =
      List.of("numpy", "hnswlib", "scikit-learn", "scikit-image");

  private final Path directory;
  private final Path python;

  private PythonSide(Path directory) {
    this.directory = directory;
    this.python = directory.resolve("venv/bin/python");
  }

  /** Installs what is missing below the directory, from the package index that pip is set to. */
  static PythonSide open(Path directory, Screen screen) throws IOException {
    Files.createDirectories(directory);
    PythonSide side = new PythonSide(directory.toAbsolutePath());
    Path installed = directory.resolve("venv/installed");
    String wanted = String.join(" ", PACKAGES);
    if (!Files.exists(installed) || !Files.readString(installed).equals(wanted)) {
      screen.working("Installing for Python: " + wanted);
      side.run(List.of("python3", "-m", "venv", side.directory.resolve("venv").toString()));
      List<String> install = new ArrayList<>(List.of(side.python.toString()));
      install.addAll(List.of("-m", "pip", "install", "-q", "--disable-pip-version-check"));
      install.addAll(PACKAGES);
      side.run(install);
      Files.writeString(installed, wanted);
    }
    return side;
  }

  /** Runs one of the scripts beside this class; returns what it printed. */
  String script(String name, List<String> arguments) throws IOException {
    Path file = directory.resolve(name);
    try (InputStream script =
        Objects.requireNonNull(PythonSide.class.getResourceAsStream(name), name)) {
      Files.write(file, script.readAllBytes());
    }
    List<String> command = new ArrayList<>(List.of(python.toString(), file.toString()));
    command.addAll(arguments);
    return run(command);
  }

  /** Runs a program; its errors are shown only when it fails. */
  String run(List<String> command) throws IOException {
    Path errors = Files.createTempFile(directory, "errors", ".log");
    try {
      Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(
            String.join(" ", command) + " failed: " + out + Files.readString(errors));
      }
      return out;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      Files.deleteIfExists(errors);
    }
  }

  /** The JSON object on the last line of what a program printed. */
  static JsonNode lastLine(String out) throws IOException {
    return Report.JSON.readTree(out.strip().lines().reduce((a, b) -> b).orElse("{}"));
  }
}
