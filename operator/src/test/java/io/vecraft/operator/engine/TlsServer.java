package io.vecraft.operator.engine;

import io.vecraft.operator.pki.KeyAndCertificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** Shows a certificate to whoever calls, and tells whoever trusts it of an empty journal. */
final class TlsServer implements AutoCloseable {
  private static final char[] PASSWORD = "of this test".toCharArray();
  private static final String ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Length: 17\r\nConnection: close\r\n\r\n{\"partitions\":[]}";

  private final SSLServerSocket socket;

  TlsServer(KeyAndCertificate shown) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setKeyEntry("shown", shown.key(), PASSWORD, new Certificate[] {shown.certificate()});
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    socket =
        (SSLServerSocket)
            tls.getServerSocketFactory().createServerSocket(0, 0, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  String endpoint() {
    return "https://localhost:" + socket.getLocalPort();
  }

  private void serve() {
    while (!socket.isClosed()) {
      try (var caller = (SSLSocket) socket.accept()) {
        var in =
            new BufferedReader(
                new InputStreamReader(caller.getInputStream(), StandardCharsets.US_ASCII));
        String line = in.readLine();
        while (line != null && !line.isEmpty()) {
          line = in.readLine();
        }
        caller.getOutputStream().write(ANSWER.getBytes(StandardCharsets.US_ASCII));
        caller.getOutputStream().flush();
      } catch (IOException e) {
        // Who does not trust the certificate goes away; the next one is served.
        continue;
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
