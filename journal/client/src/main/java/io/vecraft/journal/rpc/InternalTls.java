package io.vecraft.journal.rpc;

import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.tls.IdentityFiles;
import io.vecraft.journal.tls.RenewedTls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.KeyManager;

/**
 * Mutual TLS between the processes of a cluster: each shows the certificate of its files, and
 * believes what the authority of its files has signed. The files are read again while it runs, so
 * that a certificate is replaced without a restart.
 */
public final class InternalTls implements AutoCloseable {
  private final RenewedTls tls;
  private final KeyManager identity;
  private final Optional<String> name;

  /**
   * The files, all PEM.
   *
   * @param certificate chain that this process shows
   * @param key its private key, PKCS#8
   * @param authority certificates of the authority that signs those of the others
   * @param name that the certificates of all processes are good for, where they are not good for
   *     their addresses: those of processes that get another address at each start cannot be
   */
  public record Files(Path certificate, Path key, Path authority, Optional<String> name) {}

  private InternalTls(RenewedTls tls, Optional<String> name) {
    this.tls = tls;
    this.identity = tls.identity().orElseThrow();
    this.name = name;
  }

  /**
   * Reads the files and goes on looking for new ones.
   *
   * @throws VecraftException {@code invalid_argument} when they cannot be used
   */
  public static InternalTls load(Files files) {
    try {
      var shown = new IdentityFiles(files.certificate(), files.key());
      return new InternalTls(RenewedTls.load(files.authority(), Optional.of(shown)), files.name());
    } catch (IOException | GeneralSecurityException e) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, "the internal certificates cannot be used: " + e);
    }
  }

  ServerCredentials server() {
    return TlsServerCredentials.newBuilder()
        .keyManager(identity)
        .trustManager(tls.trust())
        .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
        .build();
  }

  ChannelCredentials client() {
    return TlsChannelCredentials.newBuilder()
        .keyManager(identity)
        .trustManager(tls.trust())
        .build();
  }

  /** The name that a peer's certificate must be good for; empty: that of its address. */
  Optional<String> name() {
    return name;
  }

  @Override
  public void close() {
    tls.close();
  }
}
