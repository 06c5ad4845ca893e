package io.vecraft.gateway.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.RequestContext;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import org.jspecify.annotations.Nullable;

/** Errors as gRPC tells them: a status, with code, field and request id in its details. */
final class GrpcErrors {
  /** The domain of the codes in {@code ErrorInfo}. */
  static final String DOMAIN = "vecraft";

  private static final int RETRY_SECONDS = 1;

  private GrpcErrors() {}

  static StatusRuntimeException of(VecraftException e, String requestId) {
    ErrorCode code = e.code();
    ErrorInfo.Builder info =
        ErrorInfo.newBuilder()
            .setReason(code.code())
            .setDomain(DOMAIN)
            .putMetadata("request_id", requestId);
    e.field().ifPresent(field -> info.putMetadata("field", field));
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.valueOf(code.grpcStatus()).value())
            .setMessage(e.reason())
            .addDetails(Any.pack(info.build()));
    if (code.httpStatus() == 400 && e.field().isPresent()) {
      status.addDetails(
          Any.pack(
              BadRequest.newBuilder()
                  .addFieldViolations(
                      BadRequest.FieldViolation.newBuilder()
                          .setField(e.field().get())
                          .setDescription(e.reason()))
                  .build()));
    }
    if (code.httpStatus() == 429 || code.httpStatus() == 503) {
      status.addDetails(
          Any.pack(
              RetryInfo.newBuilder()
                  .setRetryDelay(Duration.newBuilder().setSeconds(RETRY_SECONDS))
                  .build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /** The status of what fails before or after a service has it. */
  static @Nullable Status map(
      RequestContext context, Status status, Throwable cause, Metadata metadata) {
    for (Throwable c = cause; c != null; c = c.getCause()) {
      if (c instanceof InvalidProtocolBufferException) {
        return Status.INVALID_ARGUMENT.withDescription("the message is not valid protobuf");
      }
      if (c instanceof ContentTooLargeException) {
        return Status.RESOURCE_EXHAUSTED.withDescription("the message is too large");
      }
    }
    return switch (status.getCode()) {
      case INTERNAL, UNKNOWN -> Status.UNAVAILABLE.withDescription("the request failed");
      default -> null;
    };
  }
}
