package io.vecraft.journal.rpc;

import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Mutual TLS between the processes of a cluster: each shows the certificate of its files, and
 * believes what the authority of its files has signed. The files are read again while it runs, so
 * that a certificate is replaced without a restart.
 */
public final class InternalTls implements AutoCloseable {
  private static final long POLL_SECONDS = 10;

  private final AdvancedTlsX509KeyManager key = new AdvancedTlsX509KeyManager();
  private final Optional<String> name;
  private final AdvancedTlsX509TrustManager trust;
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("internal-tls").daemon().factory());

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

  private InternalTls(AdvancedTlsX509TrustManager trust, Optional<String> name) {
    this.trust = trust;
    this.name = name;
  }

  /**
   * Reads the files and goes on looking for new ones.
   *
   * @throws VecraftException {@code invalid_argument} when they cannot be used
   */
  public static InternalTls load(Files files) {
    try {
      var tls = new InternalTls(AdvancedTlsX509TrustManager.newBuilder().build(), files.name());
      tls.key.updateIdentityCredentials(
          files.certificate().toFile(),
          files.key().toFile(),
          POLL_SECONDS,
          TimeUnit.SECONDS,
          tls.poller);
      tls.trust.updateTrustCredentials(
          files.authority().toFile(), POLL_SECONDS, TimeUnit.SECONDS, tls.poller);
      return tls;
    } catch (IOException | GeneralSecurityException e) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, "the internal certificates cannot be used: " + e);
    }
  }

  ServerCredentials server() {
    return TlsServerCredentials.newBuilder()
        .keyManager(key)
        .trustManager(trust)
        .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
        .build();
  }

  ChannelCredentials client() {
    return TlsChannelCredentials.newBuilder().keyManager(key).trustManager(trust).build();
  }

  /** The name that a peer's certificate must be good for; empty: that of its address. */
  Optional<String> name() {
    return name;
  }

  @Override
  public void close() {
    poller.shutdownNow();
  }
}
