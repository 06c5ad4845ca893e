package io.vecraft.gateway.rest;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.HttpStatusClass;
import com.linecorp.armeria.common.RequestHeaders;
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
import org.jspecify.annotations.Nullable;

/** Errors that the server finds before or after us, told as ours are. */
public final class RestErrors implements ServerErrorHandler {
  private final CallFactory calls;

  public RestErrors(CallFactory calls) {
    this.calls = calls;
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

  private static VecraftException told(Throwable cause, String id) {
    for (Throwable c = cause; c != null; c = c.getCause()) {
      if (c instanceof ContentTooLargeException) {
        return of(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
      }
    }
    return cause instanceof HttpStatusException e
        ? of(e.httpStatus())
        : Faults.of(cause, false, id);
  }

  private static boolean isGrpc(RequestHeaders headers) {
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
    return status(status);
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
    return status(status);
  }

  /** The contract's answer where the server wants to answer with a bare status. */
  private AggregatedHttpResponse status(HttpStatus status) {
    String id = calls.newRequestId();
    return answer(of(status), id).whole();
  }

  private static VecraftException of(HttpStatus status) {
    return switch (status.code()) {
      case 404 -> new VecraftException(ErrorCode.NOT_FOUND, "there is nothing at this path");
      case 405 ->
          new VecraftException(ErrorCode.METHOD_NOT_ALLOWED, "the method is not known here");
      case 413 -> new VecraftException(ErrorCode.BODY_TOO_LARGE, "the body is too large");
      case 415 ->
          new VecraftException(
              ErrorCode.UNSUPPORTED_MEDIA_TYPE, "application/json in UTF-8 is needed");
      default ->
          status.codeClass() == HttpStatusClass.SERVER_ERROR
              ? new VecraftException(ErrorCode.UNAVAILABLE, "the server is busy or stopping")
              : new VecraftException(ErrorCode.INVALID_ARGUMENT, "the request is not valid HTTP");
    };
  }
}
