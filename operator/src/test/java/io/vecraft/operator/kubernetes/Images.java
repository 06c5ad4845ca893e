package io.vecraft.operator.kubernetes;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.MountableFile;

/** What nodes run. They pull nothing: it is beside them when they start. */
final class Images {
  private static final String DIRECTORY = "/var/lib/rancher/k3s/agent/images/";
  private static final String ETCD = "quay.io/coreos/etcd:v3.6.8";

  private Images() {}

  /** Gives the images to nodes that are not started yet. */
  static void giveTo(List<GenericContainer<?>> nodes) throws IOException {
    Path etcd = saved(ETCD);
    for (GenericContainer<?> node : nodes) {
      node.withCopyFileToContainer(MountableFile.forHostPath(vecraft()), DIRECTORY + "vecraft.tar");
      node.withCopyFileToContainer(MountableFile.forHostPath(etcd), DIRECTORY + "etcd.tar");
    }
  }

  private static Path vecraft() {
    Path tar = Path.of(System.getProperty("vecraft.image", "image/target/vecraft-image.tar"));
    if (!Files.exists(tar)) {
      throw new IllegalStateException(tar + " is not there: ./vecraft image makes it");
    }
    return tar;
  }

  /** An image of the engine as an archive; pulled when the engine does not have it. */
  private static Path saved(String image) throws IOException {
    DockerClient docker = DockerClientFactory.instance().client();
    try {
      docker.inspectImageCmd(image).exec();
    } catch (NotFoundException e) {
      try {
        docker.pullImageCmd(image).start().awaitCompletion();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IOException(interrupted);
      }
    }
    Path tar = Files.createTempFile("image", ".tar");
    tar.toFile().deleteOnExit();
    try (InputStream in = docker.saveImageCmd(image).exec()) {
      Files.copy(in, tar, StandardCopyOption.REPLACE_EXISTING);
    }
    return tar;
  }
}
