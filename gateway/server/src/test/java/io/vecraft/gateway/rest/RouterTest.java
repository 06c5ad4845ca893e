package io.vecraft.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.linecorp.armeria.common.HttpMethod;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
  private final Router router =
      new Router(
          List.of(
              route(HttpMethod.GET, "/a"),
              route(HttpMethod.PUT, "/a/{x}"),
              route(HttpMethod.GET, "/a/{x}"),
              route(HttpMethod.GET, "/a/fixed"),
              route(HttpMethod.GET, "/a/{x}/b/{y}")));

  private static Route route(HttpMethod method, String template) {
    return new Route(
        method, template, Route.Kind.READ, List.of(), (Route.Handler.Blocking) (x, body) -> null);
  }

  @Test
  void prefersTheLiteralAndDecodesParameters() {
    assertThat(router.match(HttpMethod.GET, "/a/fixed").route().template()).isEqualTo("/a/fixed");
    Router.Match match = router.match(HttpMethod.GET, "/a/x%2Fy+%C3%A4/b/%25");
    assertThat(match.route().template()).isEqualTo("/a/{x}/b/{y}");
    assertThat(match.parameters()).containsExactly("x/y+ä", "%");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/b", "/a/", "/a/x/b", "/a/x/b/", "/a//b/y", "/a/x/b/y/z", "*"})
  void knowsNothingElse(String path) {
    VecraftException e =
        catchThrowableOfType(VecraftException.class, () -> router.match(HttpMethod.GET, path));
    assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void tellsTheMethodsOfAPath() {
    VecraftException e =
        catchThrowableOfType(VecraftException.class, () -> router.match(HttpMethod.POST, "/a/x"));
    assertThat(e.code()).isEqualTo(ErrorCode.METHOD_NOT_ALLOWED);
    assertThat(router.allowed("/a/x").split(", ")).containsExactlyInAnyOrder("PUT", "GET");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a/%", "/a/%4", "/a/%zz", "/a/%C3", "/a/%C3%28", "/a/%ED%A0%80"})
  void refusesPathsThatAreNotUtf8(String path) {
    assertThatThrownBy(() -> router.match(HttpMethod.GET, path))
        .isInstanceOf(VecraftException.class)
        .hasMessageContaining("UTF-8");
  }
}
