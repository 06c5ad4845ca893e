package io.vecraft.e2e.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.vecraft.e2e.history.HistoryClient.Look;
import io.vecraft.e2e.history.HistoryClient.Told;
import io.vecraft.e2e.history.Op.Level;
import io.vecraft.standalone.Standalone;
import io.vecraft.standalone.StandaloneConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who is told of a conflict has seen the data: a later read of the session must not show what was
 * before. So the answer brings a token, though it is an error.
 */
class ConflictInSessionTest {
  @TempDir Path directory;
  private final PausingGate gate = new PausingGate(1, 0);
  private Standalone server;
  private RestHistoryClient rest;
  private GrpcHistoryClient grpc;

  @BeforeEach
  void start() throws IOException {
    // A second replica that stands still: without a token it would answer some reads.
    server =
        Standalone.start(
            StandaloneConfig.builder(directory)
                .port(0)
                .replicas(2)
                .gates(n -> n.endsWith("2") ? gate : io.vecraft.storage.replay.ReplayGate.OPEN)
                .build());
    URI endpoint = URI.create("http://127.0.0.1:" + server.port());
    rest = new RestHistoryClient(endpoint, Optional.empty());
    grpc = new GrpcHistoryClient(endpoint, Optional.empty());
    rest.create("a", 2);
    rest.write("first", "", List.of(upsert(1, false)), false);
  }

  @AfterEach
  void stop() {
    gate.open();
    rest.close();
    grpc.close();
    server.close();
  }

  private static Change upsert(int value, boolean ifAbsent) {
    return new Change("a", "r", Change.Kind.UPSERT, value, ifAbsent, 0, 0);
  }

  private void bringsToken(HistoryClient client, String id, Change change, boolean atomic)
      throws IOException {
    gate.pause(true);
    Told told = client.write(id, "", List.of(change), atomic);
    assertThat(told).isInstanceOf(Told.NoEffect.class);
    String token = ((Told.NoEffect) told).token();
    assertThat(token).isNotEmpty();
    var look = new Look("a", List.of("r"), new Level.ReadYourWrites(), false);
    for (int i = 0; i < 4; i++) {
      assertThat(client.read(look, token).seen().asOf()).isGreaterThanOrEqualTo(rest.stampOf(id));
    }
    gate.pause(false);
  }

  @Test
  void aFailedConditionOverRest() throws IOException {
    bringsToken(rest, "one", upsert(2, true), true);
    bringsToken(rest, "two", new Change("a", "r", Change.Kind.DELETE, 0, false, 7, 0), false);
  }

  @Test
  void aFailedConditionOverGrpc() throws IOException {
    bringsToken(grpc, "one", upsert(2, true), true);
    bringsToken(grpc, "two", new Change("a", "r", Change.Kind.DELETE, 0, false, 7, 0), false);
  }

  @Test
  void aRecordThatIsNotThere() throws IOException {
    var patch = new Change("a", "none", Change.Kind.PATCH, 2, false, 0, 0);
    bringsToken(rest, "one", patch, false);
    bringsToken(grpc, "two", patch, false);
  }
}
