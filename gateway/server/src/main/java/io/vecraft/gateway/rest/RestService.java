package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.vecraft.gateway.call.CallFactory;
import io.vecraft.gateway.call.Traffic;
import io.vecraft.gateway.limits.Limits;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The REST interface: finds the route, makes the call, runs the handler on the right thread, and
 * gives every answer what all answers have.
 */
public final class RestService implements HttpService {
  private final Router router;
  private final Tools tools;

  /** What every request needs. */
  record Tools(CallFactory calls, Traffic traffic, Limits limits, Executor blocking) {}

  RestService(
      List<Route> routes, CallFactory calls, Traffic traffic, Limits limits, Executor blocking) {
    this.router = new Router(routes);
    this.tools = new Tools(calls, traffic, limits, blocking);
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    return new RestRequest(tools, context, request).serve(router);
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
