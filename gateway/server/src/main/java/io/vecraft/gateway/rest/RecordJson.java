package io.vecraft.gateway.rest;

import io.vecraft.gateway.json.JsonOut;
import io.vecraft.gateway.write.Lineage.DecidedOperation;
import io.vecraft.gateway.write.Lineage.DecidedRecord;
import io.vecraft.journal.catalog.Catalog;
import io.vecraft.journal.catalog.NodePool;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.proto.journal.Record;
import java.util.Locale;

/** Records of the journal as JSON. Stateless. */
final class RecordJson {
  private static final int BYTES_OF_FLOAT = 4;

  private RecordJson() {}

  /** A record as it is in the log. */
  static void record(JsonOut out, Record record, Catalog catalog) {
    out.object().number("offset", record.getOffset());
    Writers.moment(out, "hlc", record.getStamp());
    out.stamp("closed", record.getClosed())
        .text("request_id", record.getRequestId())
        .text("principal", record.getPrincipal())
        .text("trace_id", record.getTraceId())
        .array("operations");
    for (Operation operation : record.getOperationsList()) {
      operation(out, operation, catalog);
    }
    out.endArray().endObject();
  }

  private static void operation(JsonOut out, Operation operation, Catalog catalog) {
    out.object().text("kind", operation.getKindCase().name().toLowerCase(Locale.ROOT));
    if (operation.getCollectionId() != 0) {
      out.number("collection_id", operation.getCollectionId());
      catalog
          .collection(operation.getCollectionId())
          .ifPresent(c -> out.text("collection", c.getDefinition().getName()));
      out.number("shard", operation.getShard()).number("shard_epoch", operation.getShardEpoch());
    }
    switch (operation.getKindCase()) {
      case UPSERT -> {
        var upsert = operation.getUpsert();
        out.text("id", upsert.getId())
            .number("dimension", upsert.getVector().size() / BYTES_OF_FLOAT)
            .raw("metadata", upsert.getMetadata().toByteArray());
        precondition(out, upsert.getPrecondition());
      }
      case PATCH -> {
        var patch = operation.getPatch();
        out.text("id", patch.getId()).raw("metadata", patch.getMetadata().toByteArray());
        precondition(out, patch.getPrecondition());
      }
      case DELETE -> {
        out.text("id", operation.getDelete().getId());
        precondition(out, operation.getDelete().getPrecondition());
      }
      case TRANSACTION_OUTCOME -> {
        var outcome = operation.getTransactionOutcome();
        out.stamp("transaction", outcome.getTransactionStamp())
            .bool("committed", outcome.getCommitted())
            .array("failed_operations");
        outcome.getFailedOperationsList().forEach(out::number);
        out.endArray();
      }
      case CREATE_COLLECTION ->
          out.text("collection", operation.getCreateCollection().getDefinition().getName());
      case ALTER_COLLECTION ->
          out.text("collection", operation.getAlterCollection().getDefinition().getName());
      case DROP_COLLECTION ->
          out.number("collection_id", operation.getDropCollection().getCollectionId());
      case PUT_KEY -> out.text("key", operation.getPutKey().getKey().getId());
      case REVOKE_KEY -> out.text("key", operation.getRevokeKey().getKeyId());
      case OPEN_SHARD -> out.number("epoch", operation.getOpenShard().getEpoch());
      case RAISE_FEATURE_LEVEL -> out.number("level", operation.getRaiseFeatureLevel().getLevel());
      case PLACE_REPLICAS ->
          out.number("collection_id", operation.getPlaceReplicas().getCollectionId());
      case BEGIN_CONTROL -> out.number("epoch", operation.getBeginControl().getEpoch());
      case SET_NODE_LEAVING ->
          out.text("node", operation.getSetNodeLeaving().getNode())
              .bool("leaving", operation.getSetNodeLeaving().getLeaving());
      case SET_JOURNAL_GROUP ->
          out.number("epoch", operation.getSetJournalGroup().getGroup().getEpoch());
      case WANT_DATA_PARTITIONS ->
          out.number("data_partitions", operation.getWantDataPartitions().getCount());
      case OPEN_DATA_PARTITIONS ->
          out.number("data_partitions", operation.getOpenDataPartitions().getCount());
      case WANT_PARTITION_IN ->
          out.number("partition", operation.getWantPartitionIn().getPartition())
              .text("pool", NodePool.orShared(operation.getWantPartitionIn().getPool()))
              .number("replicas", operation.getWantPartitionIn().getReplicas());
      case SET_PARTITION_GROUP ->
          out.number("partition", operation.getSetPartitionGroup().getGroup().getPartition())
              .number("epoch", operation.getSetPartitionGroup().getGroup().getEpoch());
      case WANT_SHARD_IN ->
          out.number("collection_id", operation.getWantShardIn().getCollectionId())
              .number("partition", operation.getWantShardIn().getPartition());
      case REHOME_SHARD ->
          out.number("collection_id", operation.getRehomeShard().getCollectionId())
              .number("epoch", operation.getRehomeShard().getEpoch());
      case SETTLE_SHARD ->
          out.number("collection_id", operation.getSettleShard().getCollectionId())
              .number("epoch", operation.getSettleShard().getEpoch());
      case SEAL_SHARD -> out.number("epoch", operation.getSealShard().getEpoch());
      case REMEMBER_REQUESTS ->
          out.number("requests", operation.getRememberRequests().getRequestsCount());
      case FENCE_COLLECTION, KIND_NOT_SET -> {}
    }
    out.endObject();
  }

  private static void precondition(JsonOut out, Precondition precondition) {
    switch (precondition.getKindCase()) {
      case IF_ABSENT -> out.bool("if_absent", true);
      case IF_VERSION -> out.stamp("if_version", precondition.getIfVersion());
      case IF_PRESENT -> out.bool("if_present", true);
      case KIND_NOT_SET -> {}
    }
  }

  /** A record with what became of its operations. */
  static void decided(JsonOut out, DecidedRecord record) {
    out.object().number("partition", record.partition()).number("offset", record.offset());
    Writers.moment(out, "hlc", record.stamp());
    out.text("request_id", record.requestId())
        .text("principal", record.principal())
        .array("operations");
    for (DecidedOperation operation : record.operations()) {
      out.object();
      what(out, operation);
      out.endObject();
    }
    out.endArray().endObject();
  }

  /** An operation of a request, with its place in the journal. */
  static void placed(JsonOut out, DecidedOperation operation) {
    out.object();
    what(out, operation);
    out.number("partition", operation.partition()).number("offset", operation.offset());
    Writers.moment(out, "hlc", operation.stamp());
    out.array("applied_by");
    operation.appliedBy().forEach(out::text);
    out.endArray().endObject();
  }

  private static void what(JsonOut out, DecidedOperation operation) {
    out.text("kind", operation.kind()).text("outcome", operation.outcome());
    if (operation.collectionId() != 0) {
      out.number("collection_id", operation.collectionId());
    }
    if (!operation.collection().isEmpty()) {
      out.text("collection", operation.collection());
    }
    if (!operation.id().isEmpty()) {
      out.text("id", operation.id());
    }
    if (operation.shard() >= 0) {
      out.number("shard", operation.shard());
    }
  }
}
