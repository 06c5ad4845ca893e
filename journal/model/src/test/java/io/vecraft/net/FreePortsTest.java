package io.vecraft.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  @Test
  void noneIsGivenTwiceAndEachCanBeListenedOn() throws IOException {
    var ports = FreePorts.next(200);
    assertThat(ports).doesNotHaveDuplicates().hasSize(200);
    for (int port : ports.subList(0, 20)) {
      new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }
  }

  @Test
  void outgoingConnectionsDoNotTakeThem() {
    int lowestOutgoingOfLinux = 32_768;
    assertThat(FreePorts.next(200))
        .allSatisfy(port -> assertThat(port).isLessThan(lowestOutgoingOfLinux));
  }
}
