package io.vecraft.journal.log.raft;

import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.security.TlsConf.CertificatesConf;
import org.apache.ratis.security.TlsConf.PrivateKeyConf;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcSslContexts;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;

/**
 * Mutual TLS between replicas; all files PEM. They are read once: a node takes up new ones when it
 * is started again.
 *
 * @param certificate chain that this node shows; good for its Raft address
 * @param key its private key, PKCS#8
 * @param authority certificates of the authority that signs those of the others
 */
public record RaftTls(Path certificate, Path key, Path authority) {

  GrpcTlsConfig ratis() {
    var builder = GrpcTlsConfig.newBuilder();
    builder.setTrustCertificates(new CertificatesConf(authority.toFile()));
    builder.setKeyCertificates(new CertificatesConf(certificate.toFile()));
    builder.setPrivateKey(new PrivateKeyConf(key.toFile()));
    builder.setMutualTls(true);
    builder.setSslProvider(SslProvider.JDK);
    return builder.build();
  }

  SslContext client() throws SSLException {
    return GrpcSslContexts.forClient()
        .sslProvider(SslProvider.JDK)
        .keyManager(certificate.toFile(), key.toFile())
        .trustManager(authority.toFile())
        .build();
  }
}
