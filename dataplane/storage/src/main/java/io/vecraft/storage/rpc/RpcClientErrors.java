package io.vecraft.storage.rpc;

import io.grpc.StatusRuntimeException;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.WireErrors;

/** Failed calls of internal services as errors of the closed list. */
public final class RpcClientErrors {
  private RpcClientErrors() {}

  /**
   * The error that the other side sent; where the transport failed before it could, {@code
   * deadline_exceeded} or {@code unavailable}.
   *
   * @param peer who was asked, for the message
   */
  public static VecraftException of(StatusRuntimeException e, String peer) {
    return WireErrors.fromGrpc(e)
        .orElseGet(() ->
            switch (e.getStatus().getCode()) {
              case DEADLINE_EXCEEDED ->
                  new VecraftException(
                      ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while asking " + peer);
              case INVALID_ARGUMENT ->
                  new VecraftException(
                      ErrorCode.INVALID_ARGUMENT, peer + ": " + e.getStatus().getDescription());
              case RESOURCE_EXHAUSTED ->
                  new VecraftException(
                      ErrorCode.LIMIT_EXCEEDED,
                      "a message of or to %s is too large: %s"
                          .formatted(peer, e.getStatus().getDescription()));
              default ->
                  new VecraftException(
                      ErrorCode.UNAVAILABLE, peer + " did not answer: " + e.getStatus());
            });
  }
}
