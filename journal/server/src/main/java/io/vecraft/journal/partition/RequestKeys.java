package io.vecraft.journal.partition;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.primitives.ImmutableLongArray;
import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.Partitions;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Operation.KindCase;
import io.vecraft.proto.journal.PartitionRole;
import io.vecraft.proto.journal.Record;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongBiFunction;

/**
 * The keys under which a request is remembered: principal, request id and shard; in TRANSACTION and
 * SYSTEM without the shard. Writes of records are kept apart from each administrative kind, so that
 * one request may open a shard and then write to it.
 *
 * <p>A key is 128 bits of SHA-256: 64 of the request id, {@value #PRINCIPAL_BITS} of the principal
 * alone and the others of all but the request id. So all that a principal did under a request id is
 * found by its beginning. Part of the format on disk.
 *
 * <p>An instance keeps the hashes of the shards met lately and is not safe for concurrent use; the
 * static methods are.
 */
public final class RequestKeys {
  private static final int PRINCIPAL_BITS = 20;

  /** At most so many hashes are kept, then forgotten all at once: few are in use at a time. */
  private static final int KEPT_MAX = 1 << 10;

  private final Map<Caller, Long> kept = new HashMap<>();
  private final int partition;

  RequestKeys(int partition) {
    this.partition = partition;
  }

  /**
   * The keys of one request; immutable.
   *
   * @param request the half that all have in common, of the request id
   * @param digest what is remembered of the request's digest
   * @param scopes the other halves, one for each shard; none without a request id or an operation
   */
  record Keys(long request, long digest, ImmutableLongArray scopes) {
    private static final Keys NONE = new Keys(0, 0, ImmutableLongArray.of());

    /** What {@link #principalHash} gives of the principal; there must be a scope. */
    long principal() {
      return principalOf(scopes.get(0));
    }

    /** What is remembered of the request once it is the record at this place; unmodifiable. */
    List<RequestEntry> entries(long offset, long stamp) {
      if (scopes.length() == 1) {
        return List.of(new RequestEntry(request, scopes.get(0), digest, offset, stamp));
      }
      var entries = new ArrayList<RequestEntry>(scopes.length());
      scopes.forEach(s -> entries.add(new RequestEntry(request, s, digest, offset, stamp)));
      return Collections.unmodifiableList(entries);
    }
  }

  private record Caller(String principal, Scope scope) {}

  /** The keys of an append. */
  Keys of(Append append) {
    return append.getRequestId().isEmpty()
        ? Keys.NONE
        : new Keys(
            requestHash(append.getRequestId()),
            digestHash(append.getRequestDigest()),
            scopes(partition, append.getPrincipal(), append.getOperationsList(), this::keptHash));
  }

  /** The keys of a record that is in the log. */
  static Keys of(int partition, Record record) {
    return record.getRequestId().isEmpty()
        ? Keys.NONE
        : new Keys(
            requestHash(record.getRequestId()),
            digestHash(record.getRequestDigest()),
            scopes(
                partition,
                record.getPrincipal(),
                record.getOperationsList(),
                RequestKeys::scopeHash));
  }

  private long keptHash(String principal, Scope scope) {
    var caller = new Caller(principal, scope);
    Long known = kept.get(caller);
    if (known != null) {
      return known;
    }
    if (kept.size() == KEPT_MAX) {
      kept.clear();
    }
    long hash = scopeHash(principal, scope);
    kept.put(caller, hash);
    return hash;
  }

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

  /** The other halves: one for each shard that the operations touch, in their order. */
  private static ImmutableLongArray scopes(
      int partition,
      String principal,
      List<Operation> operations,
      ToLongBiFunction<String, Scope> hash) {
    PartitionRole role = Partitions.role(partition);
    if (operations.size() == 1) {
      return ImmutableLongArray.of(hash.applyAsLong(principal, scope(role, operations.getFirst())));
    }
    var scopes = new LinkedHashSet<Scope>();
    Scope previous = null;
    for (Operation operation : operations) {
      Scope scope = scope(role, operation);
      if (!scope.equals(previous)) {
        scopes.add(scope);
        previous = scope;
      }
    }
    return ImmutableLongArray.copyOf(
        scopes.stream().mapToLong(s -> hash.applyAsLong(principal, s)));
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

  private static long scopeHash(String principal, Scope scope) {
    Hasher hasher = Hashing.sha256().newHasher();
    hasher.putInt(scope.kind).putLong(scope.collection).putInt(scope.shard);
    long all = hasher.putString(principal, StandardCharsets.UTF_8).hash().asLong();
    return principalHash(principal) << Long.SIZE - PRINCIPAL_BITS | all >>> PRINCIPAL_BITS;
  }

  private record Scope(int kind, long collection, int shard) {}
}
