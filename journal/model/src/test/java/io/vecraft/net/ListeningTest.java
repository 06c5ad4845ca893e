package io.vecraft.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class ListeningTest {
  private static ServerSocket at(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }

  @Test
  void whoIsAboutToLetThePortGoIsWaitedFor() throws IOException {
    int port = FreePorts.next();
    ServerSocket before = at(port);
    Thread.startVirtualThread(() -> {
      try {
        Thread.sleep(120);
        before.close();
      } catch (InterruptedException | IOException e) {
        throw new IllegalStateException(e);
      }
    });
    try (ServerSocket after = Listening.open(() -> at(port))) {
      assertThat(after.getLocalPort()).isEqualTo(port);
      assertThat(before.isClosed()).isTrue();
    }
  }

  @Test
  void aPortThatSomebodyKeepsCannotBeHad() throws IOException {
    int port = FreePorts.next();
    try (ServerSocket keeps = at(port)) {
      assertThatThrownBy(() -> Listening.open(() -> at(port))).isInstanceOf(BindException.class);
      assertThat(keeps.isClosed()).isFalse();
    }
  }
}
