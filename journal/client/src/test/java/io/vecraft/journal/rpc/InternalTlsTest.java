package io.vecraft.journal.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.vecraft.proto.journal.ClusterRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that are good for a name alone, not for the addresses of the processes. */
class InternalTlsTest {
  private static final String NAME = "internal.test.vecraft";
  @TempDir Path directory;

  @Test
  void theNameThatAllCertificatesHaveStandsForTheAddress() throws Exception {
    assertThat(answer(Optional.of(NAME))).isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void withoutTheNameTheCertificateMustBeGoodForTheAddress() throws Exception {
    assertThat(answer(Optional.empty())).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(answer(Optional.of("other.test.vecraft"))).isEqualTo(Status.Code.UNAVAILABLE);
  }

  /** What a call of a method that does not exist comes to, of a server that is connected to. */
  private Status.Code answer(Optional<String> name) throws Exception {
    InternalTls.Files files = certificate(name);
    try (var serving = InternalTls.load(files);
        var calling = InternalTls.load(files);
        var server =
            InternalServer.start(HostAndPort.of("127.0.0.1:0"), Optional.of(serving), List.of());
        var channels = new InternalChannels(Optional.of(calling))) {
      var marshaller = ProtoUtils.marshaller(ClusterRecord.getDefaultInstance());
      var method =
          MethodDescriptor.newBuilder(marshaller, marshaller)
              .setType(MethodDescriptor.MethodType.UNARY)
              .setFullMethodName("none/none")
              .build();
      var channel = channels.to(new HostAndPort("127.0.0.1", server.port()));
      return catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  ClientCalls.blockingUnaryCall(
                      channel, method, CallOptions.DEFAULT, ClusterRecord.getDefaultInstance()))
          .getStatus()
          .getCode();
    }
  }

  /** One certificate that both sides show, and that is its own authority. */
  private InternalTls.Files certificate(Optional<String> name)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = directory.resolve("node.p12");
    Files.deleteIfExists(store);
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "node",
                "-dname",
                "CN=node",
                "-ext",
                "san=dns:" + NAME,
                "-ext",
                "bc=ca:true",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    Path certificate = directory.resolve("node.crt");
    Path key = directory.resolve("node.key");
    Files.writeString(certificate, pem("CERTIFICATE", keys.getCertificate("node").getEncoded()));
    Files.writeString(
        key, pem("PRIVATE KEY", keys.getKey("node", "changeit".toCharArray()).getEncoded()));
    return new InternalTls.Files(certificate, key, certificate, name);
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes), kind);
  }
}
