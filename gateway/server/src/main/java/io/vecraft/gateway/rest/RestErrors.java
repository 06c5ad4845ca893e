package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.HttpStatusClass;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.call.CallFactory;
import io.vecraft.gateway.call.Faults;
import io.vecraft.gateway.call.HeaderNames;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Errors that the server finds before or after us, told as ours are. */
public final class RestErrors implements ServerErrorHandler {
  private final CallFactory calls;
  private final RestService service;

  /**
   * @param service whose paths may be asked for by methods that the server does not hand on
   */
  public RestErrors(CallFactory calls, RestService service) {
    this.calls = calls;
    this.service = service;
  }

  @Override
  public @Nullable HttpResponse onServiceException(ServiceRequestContext context, Throwable cause) {
    if (isGrpc(context.request().headers())) {
      return null;
    }
    RestRequest request = context.attr(RestRequest.KEY);
    if (cause instanceof RequestTimeoutException && request != null) {
      return request.overdue().response();
    }
    String id = id(request);
    return answer(told(cause, id), id).response();
  }

  private VecraftException told(Throwable cause, String id) {
    for (Throwable c = cause; c != null; c = c.getCause()) {
      if (c instanceof ContentTooLargeException) {
        return of(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
      }
    }
    return cause instanceof HttpStatusException e
        ? of(e.httpStatus())
        : Faults.of(cause, false, id);
  }

  /** The gRPC services for gRPC's requests; what else comes to their paths is told as REST is. */
  public HttpService grpcOnly(HttpService services) {
    return services.decorate((delegate, context, request) -> {
      RequestHeaders headers = request.headers();
      boolean post = headers.method() == HttpMethod.POST;
      if (post && isGrpc(headers)) {
        return delegate.serve(context, request);
      }
      String id = given(headers).orElseGet(calls::newRequestId);
      return post
          ? answer(
                  new VecraftException(
                      ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                      "application/grpc is needed",
                      "Content-Type"),
                  id)
              .response()
          : answer(of(HttpStatus.METHOD_NOT_ALLOWED), id)
              .header(HttpHeaderNames.ALLOW, HttpMethod.POST.name())
              .response();
    });
  }

  static boolean isGrpc(RequestHeaders headers) {
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    return type != null && type.startsWith("application/grpc");
  }

  private String id(@Nullable RestRequest request) {
    return request == null
        ? calls.newRequestId()
        : request.requestId().orElseGet(calls::newRequestId);
  }

  private static Answer answer(VecraftException e, String id) {
    return ErrorBody.answer(e, id).header(HeaderNames.REQUEST_ID, id);
  }

  @Override
  public @Nullable AggregatedHttpResponse onProtocolViolation(
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    return status(status, headers);
  }

  @Override
  public @Nullable AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext context,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    if (status.codeClass() == HttpStatusClass.SUCCESS || headers != null && isGrpc(headers)) {
      return null;
    }
    return status(status, headers);
  }

  /** The contract's answer where the server wants to answer with a bare status. */
  private AggregatedHttpResponse status(HttpStatus status, @Nullable RequestHeaders headers) {
    String id = given(headers).orElseGet(calls::newRequestId);
    if (status.code() != HttpStatus.METHOD_NOT_ALLOWED.code() || headers == null) {
      return answer(of(status), id).whole();
    }
    String allowed = service.allowed(Router.path(headers.path()));
    return allowed.isEmpty()
        ? answer(of(HttpStatus.NOT_FOUND), id).whole()
        : answer(of(status), id).header(HttpHeaderNames.ALLOW, allowed).whole();
  }

  /** The id that the request came with, if it is a usable one. */
  private Optional<String> given(@Nullable RequestHeaders headers) {
    try {
      return headers == null ? Optional.empty() : calls.requestId(headers);
    } catch (VecraftException e) {
      return Optional.empty();
    }
  }

  private VecraftException of(HttpStatus status) {
    return switch (status.code()) {
      case 404 -> new VecraftException(ErrorCode.NOT_FOUND, "there is nothing at this path");
      case 405 ->
          new VecraftException(ErrorCode.METHOD_NOT_ALLOWED, "the method is not known here");
      case 413 -> service.bodyTooLarge();
      case 415 ->
          new VecraftException(
              ErrorCode.UNSUPPORTED_MEDIA_TYPE, "application/json in UTF-8 is needed");
      default ->
          status.codeClass() == HttpStatusClass.SERVER_ERROR
              ? new VecraftException(ErrorCode.UNAVAILABLE, "the server is busy or stopping")
              : new VecraftException(
                  ErrorCode.INVALID_ARGUMENT,
                  "the request is not valid HTTP, or its first line or headers are too long");
    };
  }
}
