package io.vecraft.journal.log.raft;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.tls.IdentityFiles;
import io.vecraft.journal.tls.RenewedTls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcSslContexts;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;

/**
 * Mutual TLS between replicas; all files PEM, and read again while a node runs.
 *
 * @param certificate chain that this node shows; good for its Raft address
 * @param key its private key, PKCS#8
 * @param authority certificates of the authority that signs those of the others
 */
public record RaftTls(Path certificate, Path key, Path authority) {

  /**
   * Reads the files and goes on looking for new ones.
   *
   * @throws VecraftException {@code invalid_argument} when they cannot be used
   */
  RenewedTls load() {
    try {
      return RenewedTls.load(authority, Optional.of(new IdentityFiles(certificate, key)));
    } catch (IOException | GeneralSecurityException e) {
      throw new VecraftException(
          ErrorCode.INVALID_ARGUMENT, "the certificates of replication cannot be used: " + e);
    }
  }

  static GrpcTlsConfig ratis(RenewedTls tls) {
    var builder = GrpcTlsConfig.newBuilder();
    builder.setTrustManager(tls.trust());
    builder.setKeyManager(tls.identity().orElseThrow());
    builder.setMutualTls(true);
    builder.setSslProvider(SslProvider.JDK);
    return builder.build();
  }

  /** For a connection that is made now. */
  SslContext client() throws SSLException {
    return GrpcSslContexts.forClient()
        .sslProvider(SslProvider.JDK)
        .keyManager(certificate.toFile(), key.toFile())
        .trustManager(authority.toFile())
        .build();
  }
}
