package io.vecraft.journal.api;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.proto.journal.Failure;
import java.util.Optional;

/**
 * Errors between our own processes: the gRPC status of the code, and the code itself, message and
 * field in a trailer.
 */
public final class WireErrors {
  private static final Metadata.Key<Failure> FAILURE =
      Metadata.Key.of(
          "vecraft-failure-bin", ProtoUtils.metadataMarshaller(Failure.getDefaultInstance()));

  private WireErrors() {}

  /** An error as gRPC carries it. */
  public static StatusRuntimeException toGrpc(VecraftException error) {
    var trailers = new Metadata();
    trailers.put(
        FAILURE,
        Failure.newBuilder()
            .setCode(error.code().code())
            .setMessage(error.reason())
            .setField(error.field().orElse(""))
            .build());
    return Status.Code.valueOf(error.code().grpcStatus())
        .toStatus()
        .withDescription(error.reason())
        .asRuntimeException(trailers);
  }

  /** The error that the other side sent; empty if the transport failed before it could. */
  public static Optional<VecraftException> fromGrpc(Throwable error) {
    Metadata trailers =
        switch (error) {
          case StatusRuntimeException e -> e.getTrailers();
          case StatusException e -> e.getTrailers();
          default -> null;
        };
    Failure failure = trailers == null ? null : trailers.get(FAILURE);
    return Optional.ofNullable(failure)
        .map(f -> new VecraftException(ErrorCode.of(f.getCode()), f.getMessage(), f.getField()));
  }
}
