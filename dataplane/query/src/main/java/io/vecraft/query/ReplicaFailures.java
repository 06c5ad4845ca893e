package io.vecraft.query;

import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import java.util.Set;

/** Errors that are about one replica: another one may well answer. */
final class ReplicaFailures {
  private static final Set<ErrorCode> CODES =
      Set.of(
          ErrorCode.UNAVAILABLE,
          ErrorCode.NOT_READY,
          ErrorCode.DATA_DAMAGED,
          ErrorCode.BACK_PRESSURE,
          ErrorCode.SNAPSHOT_EXPIRED);

  private ReplicaFailures() {}

  static boolean isOne(VecraftException e) {
    return CODES.contains(e.code());
  }
}
