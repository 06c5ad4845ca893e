package io.vecraft.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which Java the launcher script chooses. */
class LauncherTest {
  @TempDir Path directory;

  private Path jdk(String version, boolean compiler) throws IOException {
    Path home = directory.resolve("jdk-" + version + compiler);
    Files.createDirectories(home.resolve("bin"));
    program(home.resolve("bin/java"));
    if (compiler) {
      program(home.resolve("bin/javac"));
    }
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private static void program(Path file) throws IOException {
    Files.writeString(file, "#!/bin/sh\nexit 1\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String chosen(Path javaHome) throws IOException, InterruptedException {
    ProcessBuilder launcher = new ProcessBuilder("../../vecraft", "java-home");
    Map<String, String> environment = launcher.environment();
    environment.remove("VECRAFT_JAVA_HOME");
    environment.put("JAVA_HOME", javaHome.toString());
    Process process = launcher.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return out.strip();
  }

  @Test
  void theCallersJavaIsUsedWhenItWillDo() throws Exception {
    Path home = jdk("26.0.1", true);
    assertThat(chosen(home)).isEqualTo(home.toString());
  }

  @Test
  void aJavaThatIsTooOldOrCannotCompileIsPassedOver() throws Exception {
    // This test runs on a Java that will do, and the launcher finds that or another one.
    Path old = jdk("17.0.15", true);
    Path runtime = jdk("25", false);
    for (Path home : new Path[] {old, runtime, directory.resolve("nothing")}) {
      Path found = Path.of(chosen(home));
      assertThat(found).isNotEqualTo(home);
      assertThat(Files.readString(found.resolve("release")))
          .containsPattern("JAVA_VERSION=\"(2[5-9]|[3-9][0-9])");
    }
  }
}
