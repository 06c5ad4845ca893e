package io.vecraft.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiTest {
  private final FakeServer server;

  ApiTest() throws IOException {
    server = new FakeServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aTryThatFailedIsRepeatedWithTheSameRequestIdAndBody() {
    Iterator<FakeServer.Reply> replies =
        List.of(
                FakeServer.error(503, "unavailable"),
                FakeServer.error(504, "deadline_exceeded"),
                FakeServer.error(429, "rate_limited"),
                FakeServer.ok("{\"a\":1}"))
            .iterator();
    server.answer(request -> replies.next());
    try (Api api = server.api(Duration.ofSeconds(30))) {
      assertThat(api.post("/v1/x", Api.object().put("b", 2)).path("a").asInt()).isEqualTo(1);
    }
    assertThat(server.requests()).hasSize(4);
    assertThat(server.requests()).containsOnly(server.requests().getFirst());
    assertThat(server.requests().getFirst().requestId()).isNotEmpty();
  }

  @Test
  void aConnectionThatBreaksIsNotTheEnd() {
    Iterator<FakeServer.Reply> replies =
        List.of(new FakeServer.Reply(0, ""), FakeServer.ok("{\"a\":1}")).iterator();
    server.answer(request -> replies.next());
    try (Api api = server.api(Duration.ofSeconds(30))) {
      // The JDK's client repeats a GET by itself; a POST is ours to repeat.
      assertThat(api.post("/v1/x", Api.object()).path("a").asInt()).isEqualTo(1);
    }
    assertThat(server.requests()).hasSize(2);
    assertThat(server.requests()).containsOnly(server.requests().getFirst());
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid_argument, 1",
    "401, unauthenticated, 1",
    "404, record_not_found, 3",
    "409, conflict, 4",
    "503, staleness_exceeded, 5",
    "503, data_damaged, 5",
  })
  void anErrorThatStaysIsReportedAtOnce(int status, String code, int exitCode) {
    server.answer(request -> FakeServer.error(status, code));
    try (Api api = server.api(Duration.ofSeconds(30))) {
      assertThatThrownBy(() -> api.get("/v1/x"))
          .isInstanceOfSatisfying(
              ApiException.class,
              e -> {
                assertThat(e.code()).isEqualTo(code);
                assertThat(e.field()).contains("k");
                assertThat(e.exitCode()).isEqualTo(exitCode);
              });
    }
    assertThat(server.requests()).hasSize(1);
  }

  @Test
  void patienceEnds() {
    server.answer(request -> FakeServer.error(503, "unavailable"));
    try (Api api = server.api(Duration.ofMillis(300))) {
      assertThatThrownBy(() -> api.get("/v1/x")).isInstanceOf(ApiException.class);
    }
    assertThat(server.requests()).hasSizeGreaterThan(1);
  }

  @Test
  void nobodyThereIsSaidSo() {
    URI endpoint = server.endpoint();
    server.close();
    try (Api api =
        new Api(endpoint, Optional.empty(), Duration.ofSeconds(1), Duration.ofMillis(100))) {
      assertThatThrownBy(() -> api.get("/v1/x"))
          .hasMessageContaining("no server answers at " + endpoint)
          .isInstanceOfSatisfying(
              ApiException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE));
    }
  }

  @Test
  void pathsAreEncoded() {
    try (Api api = server.api(Duration.ZERO)) {
      api.get("/v1/" + Api.encode("a b/c?ä"));
    }
    assertThat(server.requests().getFirst().path()).isEqualTo("/v1/a%20b%2Fc%3F%C3%A4");
  }
}
