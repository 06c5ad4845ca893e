package io.vecraft.e2e.sim;

import com.google.protobuf.ByteString;
import io.vecraft.e2e.history.Op;
import io.vecraft.e2e.history.Op.Condition;
import io.vecraft.e2e.history.Op.Item;
import io.vecraft.proto.journal.Append;
import io.vecraft.proto.journal.Delete;
import io.vecraft.proto.journal.Operation;
import io.vecraft.proto.journal.Patch;
import io.vecraft.proto.journal.Precondition;
import io.vecraft.proto.journal.Upsert;
import java.util.Map;

/** Turns what a client means to do into the append that a gateway sends for it. */
final class SimWrites {
  private SimWrites() {}

  /**
   * The append of a write.
   *
   * @param versions stamps of the versions that conditions name, by value
   */
  static Append append(
      SimHistory.Write write, Map<Integer, Long> versions, long token, SimCollection collection) {
    long floor = token;
    var append = Append.newBuilder();
    for (Item item : write.items) {
      if (item.condition() instanceof Condition.Is is) {
        floor = Math.max(floor, versions.get(is.value()));
      }
      append.addOperations(operation(item, versions, collection));
    }
    return append
        .setRequestId(write.requestId())
        .setRequestDigest(ByteString.copyFromUtf8(write.requestId()))
        .setPrincipal("client")
        .setMinStamp(floor)
        .build();
  }

  private static Operation operation(
      Item item, Map<Integer, Long> versions, SimCollection collection) {
    var operation =
        Operation.newBuilder()
            .setCollectionId(SimCollection.ID)
            .setShard(SimCollection.shard(item.key()).shard())
            .setShardEpoch(collection.home(item.key()).epoch());
    Precondition precondition = precondition(item.condition(), versions);
    ByteString json = ByteString.copyFromUtf8(SimCollection.json(item.value()));
    if (item.value() == Op.ABSENT) {
      operation.setDelete(Delete.newBuilder().setId(item.key()).setPrecondition(precondition));
    } else if (item.condition() instanceof Condition.Present && item.value() % 2 == 0) {
      // A patch asks for presence by itself.
      operation.setPatch(Patch.newBuilder().setId(item.key()).setMetadata(json));
    } else {
      operation.setUpsert(
          Upsert.newBuilder().setId(item.key()).setMetadata(json).setPrecondition(precondition));
    }
    return operation.build();
  }

  private static Precondition precondition(Condition condition, Map<Integer, Long> versions) {
    var precondition = Precondition.newBuilder();
    switch (condition) {
      case Condition.None none -> {}
      case Condition.Absent absent -> precondition.setIfAbsent(true);
      case Condition.Present present -> precondition.setIfPresent(true);
      case Condition.Is is -> precondition.setIfVersion(versions.get(is.value()));
    }
    return precondition.build();
  }
}
