package io.vecraft.journal.partition;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Operation.KindCase;
import io.vecraft.proto.journal.PartitionRole;
import io.vecraft.proto.journal.Record;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The keys under which a request is remembered: principal, request id and shard; in TRANSACTION and
 * SYSTEM without the shard. Writes of records are kept apart from each administrative kind, so that
 * one request may open a shard and then write to it.
 *
 * <p>A key is 128 bits of SHA-256: 64 of the request id, {@value #PRINCIPAL_BITS} of the principal
 * alone and the others of all but the request id. So all that a principal did under a request id is
 * found by its beginning. Part of the format on disk.
 */
public final class RequestKeys {
  private static final int PRINCIPAL_BITS = 20;

  private RequestKeys() {}

  /** What the other halves of all keys of a principal begin with. */
  static long principalOf(long scope) {
    return scope >>> Long.SIZE - PRINCIPAL_BITS;
  }

  static long principalHash(String principal) {
    return principalOf(Hashing.sha256().hashString(principal, StandardCharsets.UTF_8).asLong());
  }

  /** The half of a key that a request id gives. */
  public static long requestHash(String requestId) {
    return Hashing.sha256().hashString(requestId, StandardCharsets.UTF_8).asLong();
  }

  /** What is remembered of a request's digest. */
  public static long digestHash(ByteString digest) {
    return Hashing.sha256().hashBytes(digest.asReadOnlyByteBuffer()).asLong();
  }

  /** The other halves: one for each shard that the operations touch. */
  public static long[] scopeHashes(int partition, String principal, List<Operation> operations) {
    var scopes = new LinkedHashSet<Scope>();
    PartitionRole role = Partitions.role(partition);
    Scope previous = null;
    for (Operation operation : operations) {
      Scope scope = scope(role, operation);
      if (!scope.equals(previous)) {
        scopes.add(scope);
        previous = scope;
      }
    }
    return scopes.stream().mapToLong(s -> hash(principal, s)).toArray();
  }

  /** The scopes of a record that is in the log. */
  static long[] scopeHashes(int partition, Record record) {
    return scopeHashes(partition, record.getPrincipal(), record.getOperationsList());
  }

  private static Scope scope(PartitionRole role, Operation operation) {
    int kind = isWrite(operation.getKindCase()) ? 0 : operation.getKindCase().getNumber();
    return role == PartitionRole.DATA
        ? new Scope(kind, operation.getCollectionId(), operation.getShard())
        : new Scope(kind, 0, 0);
  }

  static boolean isWrite(KindCase kind) {
    return kind == KindCase.UPSERT || kind == KindCase.PATCH || kind == KindCase.DELETE;
  }

  private static long hash(String principal, Scope scope) {
    Hasher hasher = Hashing.sha256().newHasher();
    hasher.putInt(scope.kind).putLong(scope.collection).putInt(scope.shard);
    long all = hasher.putString(principal, StandardCharsets.UTF_8).hash().asLong();
    return principalHash(principal) << Long.SIZE - PRINCIPAL_BITS | all >>> PRINCIPAL_BITS;
  }

  private record Scope(int kind, long collection, int shard) {}
}
