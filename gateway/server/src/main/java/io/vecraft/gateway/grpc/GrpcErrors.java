package io.vecraft.gateway.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.linecorp.armeria.common.ContentTooLargeException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.gateway.limits.Limit;
import java.util.Optional;

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

  /**
   * The error of what fails before or after a service has it; nothing where the status says all.
   */
  static Optional<VecraftException> of(Status status, Throwable cause) {
    for (Throwable c = cause; c != null; c = c.getCause()) {
      if (c instanceof InvalidProtocolBufferException) {
        return Optional.of(
            new VecraftException(ErrorCode.INVALID_ARGUMENT, "the message is not valid protobuf"));
      }
      if (c instanceof ContentTooLargeException) {
        return Optional.of(
            new VecraftException(
                ErrorCode.BODY_TOO_LARGE,
                "the message is over the limit of " + Limit.BODY_BYTES.flag()));
      }
    }
    return switch (status.getCode()) {
      case INTERNAL, UNKNOWN ->
          Optional.of(new VecraftException(ErrorCode.UNAVAILABLE, "the request failed"));
      default -> Optional.empty();
    };
  }
}
