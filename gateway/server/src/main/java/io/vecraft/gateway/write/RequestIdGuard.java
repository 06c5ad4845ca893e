package io.vecraft.gateway.write;

import com.google.protobuf.ByteString;
import io.vecraft.error.ErrorCode;
import io.vecraft.error.VecraftException;
import io.vecraft.journal.api.JournalApi;
import io.vecraft.proto.journal.FindReuseRequest;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Refuses a request id that was given to another body before.
 *
 * <p>A partition refuses what it has seen under another body by itself, at apply. This guard is for
 * the body whose partitions have not seen the first one: before it is sent anywhere, all partitions
 * are asked for the id, and of two bodies that are under way here at the same time the second is
 * refused. Nothing more is written for it, and ids that were made here are not asked for. What
 * remains are different bodies sent under one id at the same moment through two gateways to
 * different partitions: both may be taken.
 *
 * <p>Safe for concurrent use; holds as much as there are writes under way.
 */
public final class RequestIdGuard {
  private final JournalApi journal;
  private final ConcurrentHashMap<Key, Claim> underWay = new ConcurrentHashMap<>();

  private record Key(String principal, String requestId) {}

  private record Claim(ByteString digest, int holders) {}

  public RequestIdGuard(JournalApi journal) {
    this.journal = journal;
  }

  /**
   * Runs a write whose body has the digest.
   *
   * @throws VecraftException {@code request_id_reused}; nothing is written then
   */
  <T> T guarded(WriteContext context, ByteString digest, Supplier<T> write) {
    if (!context.idGiven()) {
      return write.get();
    }
    var key = new Key(context.principal(), context.requestId());
    Claim claim =
        underWay.compute(
            key,
            (k, held) ->
                held == null ? new Claim(digest, 1) : new Claim(held.digest, held.holders + 1));
    try {
      if (!claim.digest.equals(digest) || isReused(context, digest)) {
        throw new VecraftException(
            ErrorCode.REQUEST_ID_REUSED, "the request id was used with another body", "request_id");
      }
      return write.get();
    } finally {
      underWay.computeIfPresent(
          key, (k, held) -> held.holders == 1 ? null : new Claim(held.digest, held.holders - 1));
    }
  }

  private boolean isReused(WriteContext context, ByteString digest) {
    return journal
        .findReuse(
            FindReuseRequest.newBuilder()
                .setRequestId(context.requestId())
                .setPrincipal(context.principal())
                .setRequestDigest(digest)
                .build())
        .getReused();
  }
}
