package io.vecraft.gateway.write;

import com.google.protobuf.ByteString;
import io.vecraft.journal.catalog.ShardHash;
import io.vecraft.proto.journal.CollectionState;
import io.vecraft.proto.journal.Delete;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Patch;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.proto.journal.Upsert;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Items as operations of the journal, and back. */
final class Operations {
  private Operations() {}

  /** The operation of an item in its collection. */
  static Operation of(CollectionState collection, WriteItem item) {
    int shard = ShardHash.shardOf(item.id(), collection.getPlacementsCount());
    var operation =
        Operation.newBuilder()
            .setCollectionId(collection.getId())
            .setShard(shard)
            .setShardEpoch(collection.getPlacements(shard).getEpoch())
            .setSchemaStamp(collection.getSchemaStamp());
    switch (item) {
      case WriteItem.Upsert u -> {
        var upsert =
            Upsert.newBuilder()
                .setId(u.id())
                .setVector(vector(u.vector()))
                .setMetadata(ByteString.copyFrom(u.metadata()))
                .setText(u.text());
        if (u.condition().conditional()) {
          upsert.setPrecondition(u.condition().toProto());
        }
        operation.setUpsert(upsert);
      }
      case WriteItem.Patch p -> {
        var patch = Patch.newBuilder().setId(p.id()).setMetadata(ByteString.copyFrom(p.metadata()));
        if (p.condition().conditional()) {
          patch.setPrecondition(p.condition().toProto());
        }
        operation.setPatch(patch);
      }
      case WriteItem.Delete d -> {
        var delete = Delete.newBuilder().setId(d.id());
        if (d.condition().conditional()) {
          delete.setPrecondition(d.condition().toProto());
        }
        operation.setDelete(delete);
      }
    }
    return operation.build();
  }

  private static ByteString vector(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return ByteString.copyFrom(bytes);
  }

  /** Id of the record that the operation writes; empty for other kinds. */
  static String recordId(Operation operation) {
    return switch (operation.getKindCase()) {
      case UPSERT -> operation.getUpsert().getId();
      case PATCH -> operation.getPatch().getId();
      case DELETE -> operation.getDelete().getId();
      default -> "";
    };
  }

  static boolean isWrite(Operation operation) {
    return operation.hasUpsert() || operation.hasPatch() || operation.hasDelete();
  }

  /** The precondition of a write; the default instance when it has none. */
  static Precondition precondition(Operation operation) {
    return switch (operation.getKindCase()) {
      case UPSERT -> operation.getUpsert().getPrecondition();
      case PATCH -> operation.getPatch().getPrecondition();
      case DELETE -> operation.getDelete().getPrecondition();
      default -> Precondition.getDefaultInstance();
    };
  }

  /** Whether the effect depends on the record's state: a patch needs its presence. */
  static boolean conditional(Operation operation) {
    return operation.hasPatch()
        || precondition(operation).getKindCase() != Precondition.KindCase.KIND_NOT_SET;
  }

  /** The kind in answers, lower case. */
  static String kind(Operation operation) {
    return operation.getKindCase().name().toLowerCase(java.util.Locale.ROOT);
  }
}
