package io.vecraft.operator.control;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the certificates and keys of a hosted control are.
 *
 * @param internal for the cluster's processes
 * @param etcd for etcd, where that speaks TLS
 */
record HostedFiles(Place internal, Optional<Place> etcd) {

  /** Where what is shown and believed is, as files. */
  record Place(Path certificate, Path key, Path authority) {}

  /** Writes those that are not there or have another text. */
  static HostedFiles write(PrivateFiles files, Hosting hosting) throws IOException {
    Place internal = write(files, "internal", hosting.internal());
    Optional<Place> etcd = Optional.empty();
    if (hosting.etcd().isPresent()) {
      etcd = Optional.of(write(files, "etcd", hosting.etcd().get()));
    }
    return new HostedFiles(internal, etcd);
  }

  private static Place write(PrivateFiles files, String prefix, Identity identity)
      throws IOException {
    String certificate = prefix + "-tls.crt";
    String key = prefix + "-tls.key";
    String authority = prefix + "-ca.crt";
    files.write(authority, identity.authority());
    files.write(certificate, identity.certificate());
    files.write(key, identity.key());
    return new Place(files.path(certificate), files.path(key), files.path(authority));
  }
}
