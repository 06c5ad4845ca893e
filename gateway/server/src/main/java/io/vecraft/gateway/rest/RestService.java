package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.AsciiString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.CallFactory;
import io.vecraft.gateway.call.HeaderNames;
import io.vecraft.gateway.call.Traffic;
import io.vecraft.gateway.limits.Limit;
import io.vecraft.gateway.limits.Limits;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The REST interface: finds the route, makes the call, runs the handler on the right thread, and
 * gives every answer what all answers have.
 */
public final class RestService implements HttpService {
  private static final AsciiString GRPC_STATUS = HttpHeaderNames.of("grpc-status");
  private static final AsciiString GRPC_MESSAGE = HttpHeaderNames.of("grpc-message");

  private static final int UNIMPLEMENTED = 12;

  private final Router router;
  private final Tools tools;

  /** What every request needs. */
  record Tools(CallFactory calls, Traffic traffic, Limits limits, Executor blocking) {
    VecraftException bodyTooLarge() {
      return new VecraftException(
          ErrorCode.BODY_TOO_LARGE,
          "the body is over the limit of %d bytes (%s)"
              .formatted(limits.get(Limit.BODY_BYTES), Limit.BODY_BYTES.flag()));
    }
  }

  RestService(
      List<Route> routes, CallFactory calls, Traffic traffic, Limits limits, Executor blocking) {
    this.router = new Router(routes);
    this.tools = new Tools(calls, traffic, limits, blocking);
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    if (RestErrors.isGrpc(request.headers())
        && router.allowed(Router.path(request.headers().path())).isEmpty()) {
      return unknownMethod();
    }
    return new RestRequest(tools, context, request).serve(router);
  }

  /** What a gRPC client understands of a path that is no method: an answer of trailers alone. */
  private HttpResponse unknownMethod() {
    return HttpResponse.of(
        ResponseHeaders.builder(HttpStatus.OK)
            .set(HttpHeaderNames.CONTENT_TYPE, "application/grpc+proto")
            .set(HeaderNames.REQUEST_ID, tools.calls().newRequestId())
            .set(GRPC_STATUS, Integer.toString(UNIMPLEMENTED))
            .set(GRPC_MESSAGE, "there is no method of this name")
            .endOfStream(true)
            .build());
  }

  VecraftException bodyTooLarge() {
    return tools.bodyTooLarge();
  }

  /** The methods of a path, for the header {@code Allow}; empty when there is nothing. */
  String allowed(String path) {
    return router.allowed(path);
  }

  /** The routes, for the check of the OpenAPI document. */
  public List<String> routes() {
    return router.routes().stream().map(r -> r.method() + " " + r.template()).toList();
  }

  /** The names of the query parameters of a route. */
  public List<String> queryOf(String method, String template) {
    return router.routes().stream()
        .filter(r -> r.method() == HttpMethod.valueOf(method) && r.template().equals(template))
        .findFirst()
        .orElseThrow()
        .query();
  }
}
