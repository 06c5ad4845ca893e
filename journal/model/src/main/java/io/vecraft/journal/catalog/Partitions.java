package io.vecraft.journal.catalog;

import io.vecraft.proto.journal.PartitionRole;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The partitions of a cluster. A partition's number is its slot in stamps: 1 is SYSTEM, 2 is
 * TRANSACTION, from 3 on are DATA partitions.
 *
 * @param dataPartitions how many DATA partitions there are, 1 to 200
 */
public record Partitions(int dataPartitions) {
  public static final int SYSTEM = 1;
  public static final int TRANSACTION = 2;
  public static final int FIRST_DATA = 3;
  public static final int MAX_DATA_PARTITIONS = 200;

  public Partitions {
    if (dataPartitions < 1 || dataPartitions > MAX_DATA_PARTITIONS) {
      throw new IllegalArgumentException(
          "data partitions " + dataPartitions + " not in 1.." + MAX_DATA_PARTITIONS);
    }
  }

  /** The DATA partition of a shard when its collection is made. */
  public int placeShard(long collectionId, int shard) {
    return FIRST_DATA + (int) Long.remainderUnsigned(collectionId + shard, dataPartitions);
  }

  /** The numbers of all partitions, SYSTEM first. */
  public List<Integer> all() {
    return IntStream.range(SYSTEM, FIRST_DATA + dataPartitions).boxed().toList();
  }

  /** The numbers of the DATA partitions. */
  public List<Integer> data() {
    return IntStream.range(FIRST_DATA, FIRST_DATA + dataPartitions).boxed().toList();
  }

  /** Whether there can be a partition of that number. */
  public static boolean isNumber(int partition) {
    return partition >= SYSTEM && partition < FIRST_DATA + MAX_DATA_PARTITIONS;
  }

  public static PartitionRole role(int partition) {
    return switch (partition) {
      case SYSTEM -> PartitionRole.SYSTEM;
      case TRANSACTION -> PartitionRole.TRANSACTION;
      default -> PartitionRole.DATA;
    };
  }
}
